namespace ContainerKit.Cli.Output;

/// <summary>Columns, as wide as their widest cell.</summary>
internal static class TextTable
{
    private const int Gap = 3;

    public static async Task WriteAsync(TextWriter output, IReadOnlyList<string> titles, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = [.. titles.Select((title, column) => rows.Select(row => row[column].Length).Append(title.Length).Max())];
        foreach (IReadOnlyList<string> row in rows.Prepend(titles))
            await output.WriteLineAsync(string.Concat(row.Select((cell, column) => column == row.Count - 1 ? cell : cell.PadRight(widths[column] + Gap))).TrimEnd()).ConfigureAwait(false);
    }
}
