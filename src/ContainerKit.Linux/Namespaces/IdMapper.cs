using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Launching;

namespace ContainerKit.Linux.Namespaces;

/// <summary>Gives a new user namespace its ids: the subordinate ranges through newuidmap(1) where there are any, the own id otherwise.</summary>
internal static class IdMapper
{
    private static readonly string[] s_toolDirectories = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin"];

    /// <summary>Writes the maps of process <paramref name="pid"/>, which waits in a namespace of its own.</summary>
    internal static async Task<IdMap> MapAsync(int pid)
    {
        uint user = LibC.geteuid();
        uint group = LibC.getegid();
        IdMap? full = FindRanges(user, group, out string limitation);
        if (full is not null)
        {
            string? failure = await RunToolAsync("newuidmap", pid, full.Users).ConfigureAwait(false)
                ?? await RunToolAsync("newgidmap", pid, full.Groups).ConfigureAwait(false);
            if (failure is null)
            {
                return full;
            }

            // newuidmap may have succeeded: a map is written once, so the namespace can't be used any more.
            throw new IOException(failure);
        }

        MapOwnId(pid, user, group);
        return IdMap.Single(user, group, limitation);
    }

    /// <summary>Gives process <paramref name="pid"/> one range of users and groups; for root.</summary>
    internal static IdMap MapRange(int pid, IdRange range)
    {
        string map = string.Create(CultureInfo.InvariantCulture, $"{range.Inside} {range.Outside} {range.Count}");
        Write(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/gid_map"), map);
        Write(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/uid_map"), map);
        return new IdMap([range], [range], null);
    }

    private static void MapOwnId(int pid, uint user, uint group)
    {
        // Without privileges a gid map needs setgroups to be denied first: user_namespaces(7).
        string process = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/");
        Write(process + "setgroups", "deny");
        Write(process + "gid_map", string.Create(CultureInfo.InvariantCulture, $"0 {group} 1"));
        Write(process + "uid_map", string.Create(CultureInfo.InvariantCulture, $"0 {user} 1"));
    }

    private static void Write(string path, string text)
    {
        using FileDescriptor file = new(LinuxException.ThrowIfFailed(LibC.open(path, 1 | LibC.OCloExec, 0), "open", path), ownsDescriptor: true);
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(text);
        unsafe
        {
            fixed (byte* start = bytes)
            {
                LinuxException.ThrowIfFailed(LibC.write(file, start, (nuint)bytes.Length), "write", path);
            }
        }
    }

    private static IdMap? FindRanges(uint user, uint group, out string limitation)
    {
        string name = Environment.UserName;
        IReadOnlyList<(uint Start, uint Count)> users = SubordinateIds.Read("/etc/subuid", name, user);
        IReadOnlyList<(uint Start, uint Count)> groups = SubordinateIds.Read("/etc/subgid", name, user);
        if (users.Count == 0 || groups.Count == 0)
        {
            limitation = $"user {name} has no range in {(users.Count == 0 ? "/etc/subuid" : "/etc/subgid")}; "
                + $"add one with: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {name}";
            return null;
        }

        if (FindTool("newuidmap") is null || FindTool("newgidmap") is null)
        {
            limitation = "newuidmap and newgidmap are not installed; they are in the package uidmap (Debian) or shadow-utils";
            return null;
        }

        limitation = "";
        return new IdMap(Ranges(user, users), Ranges(group, groups), null);
    }

    private static ImmutableArray<IdRange> Ranges(uint own, IReadOnlyList<(uint Start, uint Count)> subordinate)
    {
        List<IdRange> ranges = [new IdRange(0, own, 1)];
        uint next = 1;
        foreach ((uint start, uint count) in subordinate)
        {
            ranges.Add(new IdRange(next, start, count));
            next += count;
        }

        return [.. ranges];
    }

    private static string? FindTool(string name) => s_toolDirectories.Select(d => $"{d}/{name}").FirstOrDefault(File.Exists);

    /// <summary>Null on success, otherwise what is wrong.</summary>
    private static async Task<string?> RunToolAsync(string name, int pid, ImmutableArray<IdRange> ranges)
    {
        List<string> arguments = [name, pid.ToString(CultureInfo.InvariantCulture)];
        foreach (IdRange range in ranges)
        {
            arguments.AddRange(new[] { range.Inside, range.Outside, range.Count }.Select(n => n.ToString(CultureInfo.InvariantCulture)));
        }

        using PipeEnds errors = PipeEnds.Create();
        SafeHandle[] descriptors = [Spawner.Null, Spawner.Null, errors.Write];
        int tool = await SpawnThread.RunAsync(() => Spawner.Start(FindTool(name)!, arguments, ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], descriptors)).ConfigureAwait(false);
        errors.Write.Dispose();
        using PidFd handle = PidFd.Open(tool);
        ProcessExit exit = await handle.WaitAsync().ConfigureAwait(false);
        if (exit.ExitCode == 0)
        {
            return null;
        }

        using StreamReader reader = new(Io.FdPipe.OpenReader(errors.Read).AsStream());
        string message = (await reader.ReadToEndAsync().ConfigureAwait(false)).Trim();
        return $"{string.Join(' ', arguments)} failed: {message} (is {name} set-user-ID root, and do the ranges in /etc/subuid and /etc/subgid belong to this user?)";
    }
}
