using System.Collections.Immutable;
using System.Globalization;

namespace ContainerKit.Containers.Statistics;

/// <summary>/proc/PID/net/dev: the interfaces of a process's network namespace.</summary>
internal static class NetworkCounters
{
    private const int Fields = 16;

    internal static ImmutableSortedDictionary<string, NetworkInterfaceStats> Read(int pid)
    {
        try
        {
            return Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/net/dev")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Parse(""); // it has ended
        }
    }

    /// <summary>Two lines of titles, and a line <c>eth0: 16 numbers</c> for each interface.</summary>
    internal static ImmutableSortedDictionary<string, NetworkInterfaceStats> Parse(string text)
    {
        var interfaces = ImmutableSortedDictionary.CreateBuilder<string, NetworkInterfaceStats>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            // An interface's name may have colons itself.
            int colon = line.LastIndexOf(':');
            if (colon < 0)
                continue;
            string name = line[..colon].Trim();
            string[] fields = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (name == "lo" || fields.Length < Fields)
                continue;
            interfaces[name] = new NetworkInterfaceStats
            {
                Received = new ByteSize(Number(0)),
                ReceivedPackets = Number(1),
                ReceiveErrors = Number(2),
                ReceiveDrops = Number(3),
                Sent = new ByteSize(Number(8)),
                SentPackets = Number(9),
                SendErrors = Number(10),
                SendDrops = Number(11),
            };

            long Number(int index) => long.TryParse(fields[index], NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0;
        }

        return interfaces.ToImmutable();
    }
}
