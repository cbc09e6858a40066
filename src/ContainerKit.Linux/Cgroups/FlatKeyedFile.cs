using System.Globalization;

namespace ContainerKit.Linux.Cgroups;

/// <summary>Files of the form "name number", a line each; cgroup-v2.rst "Interface Files".</summary>
internal static class FlatKeyedFile
{
    internal static IReadOnlyDictionary<string, long> Empty { get; } = new Dictionary<string, long>();

    internal static IReadOnlyDictionary<string, long> Parse(string text)
    {
        Dictionary<string, long> values = new(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0)
                continue;
            ReadOnlySpan<char> number = line.AsSpan(space + 1).Trim();
            if (long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value))
                values[line[..space]] = value;
            else if (ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                values[line[..space]] = long.MaxValue; // "unlimited" of version 1
        }

        return values;
    }
}
