namespace ContainerKit.Builds.Parsing;

/// <summary>What somebody meant who wrote something else.</summary>
internal static class Spelling
{
    private const int MaxLength = 32;
    private const int MaxDistance = 2;

    /// <summary>The closest of the words, when one is close enough.</summary>
    public static string? Suggest(string written, IEnumerable<string> words)
    {
        if (written.Length > MaxLength)
        {
            return null;
        }
        return words.Select(word => (Word: word, Distance: Distance(written.ToUpperInvariant(), word.ToUpperInvariant())))
            .Where(candidate => candidate.Distance <= MaxDistance && candidate.Distance < candidate.Word.Length)
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Word)
            .FirstOrDefault();
    }

    /// <summary>A sentence to append to a message; empty where nothing is close.</summary>
    public static string Hint(string written, IEnumerable<string> words) => Suggest(written, words) is { } word ? $" Did you mean {word}?" : "";

    private static int Distance(string left, string right)
    {
        int[] previous = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int[] current = new int[right.Length + 1];
            current[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[right.Length];
    }
}
