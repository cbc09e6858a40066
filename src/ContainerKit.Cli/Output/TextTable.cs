namespace ContainerKit.Cli.Output;

/// <summary>Columns as wide as their widest cell, as docker's are: three spaces between them, and none narrower than ten.</summary>
internal static class TextTable
{
    private const int Gap = 3;
    private const int Narrowest = 10;

    public static Task WriteAsync(TextWriter output, IReadOnlyList<string> titles, IReadOnlyList<IReadOnlyList<string>> rows, int narrowest = Narrowest)
        => output.WriteAsync(Format(titles, rows, narrowest));

    public static string Format(IReadOnlyList<string> titles, IReadOnlyList<IReadOnlyList<string>> rows, int narrowest = Narrowest)
    {
        int[] widths = [.. titles.Select((title, column) => Math.Max(narrowest, Gap + rows.Select(row => row.Count > column ? row[column].Length : 0).Append(title.Length).Max()))];
        return string.Concat(rows.Prepend(titles).Select(row => string.Concat(row.Select((cell, column) => column == row.Count - 1 ? cell : cell.PadRight(widths[column]))) + "\n"));
    }
}
