using System.Globalization;

namespace ContainerKit.Linux.Namespaces;

/// <summary>Reads /etc/subuid and /etc/subgid, subuid(5).</summary>
internal static class SubordinateIds
{
    /// <summary>The ranges of a user, in the file's order; none when the file is missing or has no usable line.</summary>
    internal static IReadOnlyList<(uint Start, uint Count)> Read(string file, string userName, uint userId)
    {
        List<(uint, uint)> ranges = [];
        if (!File.Exists(file))
        {
            return ranges;
        }

        string id = userId.ToString(CultureInfo.InvariantCulture);
        foreach (string line in File.ReadLines(file))
        {
            string[] fields = line.Split(':');
            if (fields.Length == 3
                && (fields[0] == userName || fields[0] == id)
                && uint.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint start)
                && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint count)
                && count > 0
                && start <= uint.MaxValue - count)
            {
                ranges.Add((start, count));
            }
        }

        return ranges;
    }
}
