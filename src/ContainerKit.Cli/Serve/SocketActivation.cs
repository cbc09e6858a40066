using System.Globalization;

namespace ContainerKit.Cli.Serve;

/// <summary>The sockets that a service manager listens on for us (sd_listen_fds(3)).</summary>
internal static class SocketActivation
{
    /// <summary>The first number, by the protocol.</summary>
    private const int FirstDescriptor = 3;

    /// <summary>
    /// The descriptors that were handed over, and forgets about them: processes that are started later must not take them for theirs.
    /// </summary>
    /// <param name="read">Reads a variable of the environment.</param>
    /// <param name="clear">Removes one.</param>
    /// <param name="processId">This process: what is meant for another one is none of our business.</param>
    /// <exception cref="FormatException">The variables make no sense.</exception>
    public static IReadOnlyList<int> Take(Func<string, string?> read, Action<string> clear, int processId)
    {
        string? owner = read("LISTEN_PID");
        string? count = read("LISTEN_FDS");
        if (count is null)
            return [];
        if (owner is not null && (!int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) || pid != processId))
            return [];
        foreach (string name in (string[])["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"])
            clear(name);
        return int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptors) && descriptors is >= 0 and < 1024
            ? [.. Enumerable.Range(FirstDescriptor, descriptors)]
            : throw new FormatException($"LISTEN_FDS is '{count}': the number of sockets is wanted.");
    }
}
