using System.Globalization;
using System.Net;

namespace ContainerKit.Networks.Forwarding;

/// <summary>Finds out which process has a port, proc(5): by the tables of sockets and the open files of processes, as far as these can be seen.</summary>
internal static class PortHolders
{
    /// <summary>Ports below it are for root.</summary>
    internal static int FirstFreePort
    {
        get
        {
            try
            {
                return int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_unprivileged_port_start"), CultureInfo.InvariantCulture);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
            {
                return 1024;
            }
        }
    }

    /// <summary>True when sockets with these addresses can't have one port.</summary>
    internal static bool Overlap(IPAddress first, IPAddress second)
        => first.AddressFamily == second.AddressFamily && (first.Equals(second) || IsAny(first) || IsAny(second));

    /// <summary>Who has a port, in words; null when nobody is seen.</summary>
    internal static string? Find(TransportProtocol protocol, IPEndPoint wanted)
    {
        string name = protocol == TransportProtocol.Udp ? "udp" : "tcp";
        if (protocol == TransportProtocol.Sctp)
        {
            return null;
        }

        // A socket of IPv6 may hold the port for IPv4, too.
        foreach (string table in (string[])[name, name + "6"])
        {
            foreach ((IPEndPoint local, string user, string inode) in ReadTable("/proc/net/" + table, isListening: protocol == TransportProtocol.Tcp))
            {
                IPAddress address = local.Address.IsIPv4MappedToIPv6 ? local.Address.MapToIPv4() : local.Address;
                bool isDual = address.Equals(IPAddress.IPv6Any);
                if (local.Port == wanted.Port && (isDual || Overlap(address, wanted.Address)))
                {
                    return FindProcess(inode) ?? $"a process of user {user}, which this user can't see";
                }
            }
        }

        return null;
    }

    /// <summary>Reads an address as the tables show it: 32-bit words in the order of the machine.</summary>
    internal static bool TryReadAddress(ReadOnlySpan<char> text, out IPEndPoint endPoint)
    {
        endPoint = new IPEndPoint(IPAddress.Any, 0);
        int colon = text.IndexOf(':');
        Span<byte> bytes = stackalloc byte[16];
        if (colon is not (8 or 32) || !ushort.TryParse(text[(colon + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort port))
        {
            return false;
        }

        for (int i = 0; i < colon / 8; i++)
        {
            if (!uint.TryParse(text.Slice(i * 8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint word) || !BitConverter.TryWriteBytes(bytes[(i * 4)..], word))
            {
                return false;
            }
        }

        endPoint = new IPEndPoint(new IPAddress(bytes[..(colon / 2)]), port);
        return true;
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IEnumerable<(IPEndPoint Local, string User, string Inode)> ReadTable(string path, bool isListening)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            yield break;
        }

        foreach (string line in lines)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 9 && (!isListening || words[3] == "0A") && TryReadAddress(words[1], out IPEndPoint local))
            {
                yield return (local, words[7], words[9]);
            }
        }
    }

    private static string? FindProcess(string inode)
    {
        string wanted = $"socket:[{inode}]";
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out int pid))
            {
                continue;
            }

            try
            {
                if (Directory.EnumerateFileSystemEntries(directory + "/fd").Any(file => IsLinkTo(file, wanted)))
                {
                    return pid == System.Environment.ProcessId ? $"this process (pid {pid})" : $"process {File.ReadAllText(directory + "/comm").Trim()} (pid {pid})";
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended, or belongs to somebody else.
            }
        }

        return null;
    }

    private static bool IsLinkTo(string path, string target)
    {
        try
        {
            return Path.GetFileName(new FileInfo(path).LinkTarget) == target;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
