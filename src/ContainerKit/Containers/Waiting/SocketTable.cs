using System.Globalization;

namespace ContainerKit.Containers.Waiting;

/// <summary>The sockets of a network namespace as /proc/PID/net shows them, proc_pid_net(5).</summary>
internal static class SocketTable
{
    /// <summary>TCP_LISTEN of the kernel's tcp_states.h.</summary>
    private const string Listening = "0A";

    /// <summary>TCP_CLOSE, which is what a bound UDP socket without a peer has.</summary>
    private const string Unconnected = "07";

    internal enum Listener
    {
        None,

        /// <summary>Only on an address of the loopback interface.</summary>
        Loopback,

        Reachable,
    }

    /// <summary>Who listens on a port in the network of a process.</summary>
    internal static Listener Find(int pid, PortProtocol protocol, int port)
    {
        string name = protocol == PortProtocol.Udp ? "udp" : "tcp";
        Listener found = Listener.None;
        foreach (string version in (ReadOnlySpan<string>)["", "6"])
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/net/{name}{version}");
            try
            {
                foreach (string line in File.ReadLines(path).Skip(1))
                {
                    Listener listener = Parse(line, protocol == PortProtocol.Udp ? Unconnected : Listening, port);
                    if (listener > found)
                        found = listener;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process is gone, or there is no IPv6: there is no listener to be seen.
            }
        }

        return found;
    }

    /// <summary>One line of the table, as in <c>0: 0100007F:1538 00000000:0000 0A …</c>.</summary>
    internal static Listener Parse(string line, string state, int port)
    {
        string[] fields = line.Split(' ', 5, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 4 || !fields[3].StartsWith(state, StringComparison.Ordinal))
            return Listener.None;
        int colon = fields[1].IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !int.TryParse(fields[1].AsSpan(colon + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int bound) || bound != port)
            return Listener.None;
        return IsLoopback(fields[1].AsSpan(0, colon)) ? Listener.Loopback : Listener.Reachable;
    }

    /// <summary>Addresses are words in the byte order of the machine: the last two digits of an IPv4 one are its first byte.</summary>
    private static bool IsLoopback(ReadOnlySpan<char> address) => address.Length switch
    {
        8 => address.EndsWith("7F", StringComparison.Ordinal),
        32 => address.SequenceEqual("00000000000000000000000001000000")
            || (address.StartsWith("0000000000000000FFFF0000", StringComparison.Ordinal) && address.EndsWith("7F", StringComparison.Ordinal)),
        _ => false,
    };
}
