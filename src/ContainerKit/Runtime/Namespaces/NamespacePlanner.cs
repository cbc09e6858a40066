using System.Collections.Immutable;
using ContainerKit.Linux;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Runtime.Namespaces;

/// <summary>Finds out what a container's namespaces mean on this machine at this moment.</summary>
internal static class NamespacePlanner
{
    private static readonly ImmutableArray<(NamespaceKinds Kind, string Name)> s_kinds =
    [
        (NamespaceKinds.CLONE_NEWPID, "pid"), (NamespaceKinds.CLONE_NEWUTS, "uts"), (NamespaceKinds.CLONE_NEWIPC, "ipc"),
        (NamespaceKinds.CLONE_NEWCGROUP, "cgroup"), (NamespaceKinds.CLONE_NEWNET, "net"),
    ];

    /// <summary>The plan; pidfds of the containers that are joined are added to <paramref name="descriptors"/>, which owns them.</summary>
    /// <param name="wanted">What the spec asks for.</param>
    /// <param name="userNamespace">The user namespace that the container will be in; null for the engine's own.</param>
    /// <param name="descriptors">Gets the pidfds.</param>
    /// <exception cref="InvalidStateException">A container that is to be joined does not run.</exception>
    /// <exception cref="UnsupportedException">A container that is to be joined is in another user namespace.</exception>
    internal static NamespacePlan Create(RuntimeNamespaces wanted, NamespaceFd? userNamespace, DescriptorTable descriptors)
    {
        RuntimeNamespace[] namespaces = [wanted.ProcessIds, wanted.HostName, wanted.Ipc, wanted.ControlGroups, wanted.Network];
        if (Array.TrueForAll(namespaces, n => n.Kind == RuntimeNamespaceKind.New))
        {
            return NamespacePlan.Private;
        }

        NamespaceKinds created = NamespaceKinds.CLONE_NEWNS;
        NamespaceKinds host = 0;
        Dictionary<string, JoinedNamespaces> joined = new(StringComparer.Ordinal);
        for (int i = 0; i < namespaces.Length; i++)
        {
            RuntimeNamespace wish = namespaces[i];
            (NamespaceKinds kind, string name) = s_kinds[i];
            if (wish.Kind == RuntimeNamespaceKind.New)
            {
                created |= kind;
            }
            else if (wish.Kind == RuntimeNamespaceKind.Host || IsOwn(wish, name))
            {
                // A container that is on the host's network itself, for instance: nothing to join, and an ordinary user could not.
                host |= kind;
            }
            else if (joined.TryGetValue(wish.ContainerId, out JoinedNamespaces? known))
            {
                joined[wish.ContainerId] = known with { Kinds = known.Kinds | kind };
            }
            else
            {
                joined.Add(wish.ContainerId, new JoinedNamespaces(Open(wish, userNamespace, descriptors), kind));
            }
        }

        return new NamespacePlan(created, host, [.. joined.Values]);
    }

    /// <summary>The namespaces of a process, besides mounts and users, that are not those of this process.</summary>
    /// <exception cref="IOException">It has ended.</exception>
    internal static NamespaceKinds OthersThanOwn(int pid)
    {
        NamespaceKinds kinds = 0;
        foreach ((NamespaceKinds kind, string name) in s_kinds)
        {
            if (!IsOwn(pid, name))
            {
                kinds |= kind;
            }
        }

        return kinds;
    }

    private static bool IsOwn(RuntimeNamespace other, string name)
    {
        try
        {
            return IsOwn(other.Process.Pid, name);
        }
        catch (IOException e)
        {
            throw NotRunning(other, e);
        }
    }

    private static bool IsOwn(int pid, string name)
        => (File.ResolveLinkTarget($"/proc/{pid}/ns/{name}", false)?.Name ?? throw new IOException($"/proc/{pid}/ns/{name} is no link."))
            == File.ResolveLinkTarget("/proc/self/ns/" + name, false)?.Name;

    private static int Open(RuntimeNamespace other, NamespaceFd? userNamespace, DescriptorTable descriptors)
    {
        PidFd process = PidFd.TryOpen(other.Process.Pid) ?? throw NotRunning(other, null);
        int position = descriptors.AddOwned(process);

        // The pidfd keeps the pid from being reused between the check and the use.
        if (ProcessTable.Find(other.Process.Pid) != other.Process)
        {
            throw NotRunning(other, null);
        }

        try
        {
            using NamespaceFd theirs = NamespaceFd.Open(other.Process.Pid, "user");
            string expected = userNamespace?.ReadIdentity() ?? File.ResolveLinkTarget("/proc/self/ns/user", false)!.Name;
            return theirs.ReadIdentity() == expected ? position : throw new UnsupportedException(
                $"Namespaces of container {Shorten(other)} can't be joined: it is in another user namespace. Both have to be started with the same "
                + "user namespace, and without root by the same engine.");
        }
        catch (LinuxException e)
        {
            throw NotRunning(other, e);
        }
    }

    private static InvalidStateException NotRunning(RuntimeNamespace other, Exception? inner)
        => new($"Namespaces of container {Shorten(other)} can't be joined: it is not running. Start it first.", inner);

    private static string Shorten(RuntimeNamespace other) => other.ContainerId[..Math.Min(12, other.ContainerId.Length)];
}
