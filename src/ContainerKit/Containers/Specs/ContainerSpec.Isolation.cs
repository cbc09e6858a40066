using System.Collections.Immutable;

namespace ContainerKit;

/// <content>What the container shares with the host and with other containers, and how its first process is run.</content>
public sealed partial record ContainerSpec
{
    /// <summary>The NIS domain name inside, setdomainname(2); null: the kernel's.</summary>
    public string? Domainname { get; init; }

    /// <summary>True: the first process is an init, which reaps orphans and passes signals on to the command. Default false.</summary>
    public bool Init { get; init; }

    /// <summary>Whose processes are in sight: <see cref="NamespaceMode.Private"/> (the default), Host or a container's.</summary>
    public NamespaceMode PidNamespace { get; init; } = NamespaceMode.Private;

    /// <summary>
    /// Whose System V IPC, message queues and /dev/shm: <see cref="NamespaceMode.Private"/> (the default), Shareable, None, Host or a
    /// container's.
    /// </summary>
    public NamespaceMode IpcNamespace { get; init; } = NamespaceMode.Private;

    /// <summary>Whose host name: <see cref="NamespaceMode.Private"/> (the default) or Host.</summary>
    public NamespaceMode UtsNamespace { get; init; } = NamespaceMode.Private;

    /// <summary>Whose view of cgroups: <see cref="NamespaceMode.Private"/> (the default) or Host.</summary>
    public NamespaceMode CgroupNamespace { get; init; } = NamespaceMode.Private;

    /// <summary>
    /// The host's ids that those of the container stand for; null: the same ids as root, and without root those of the user's ranges. Root only.
    /// </summary>
    public UserNamespaceMapping? UserNamespace { get; init; }

    /// <summary>The container whose network is used, by id or name, with <see cref="NetworkMode.Container"/>; null otherwise.</summary>
    public string? NetworkContainer { get; init; }

    /// <summary>The most that /dev/shm may hold; null: 64 MiB.</summary>
    public ByteSize? SharedMemorySize { get; init; }

    /// <summary>Kernel parameters of the container's own namespaces by name, <c>net.core.somaxconn</c>; sysctl(8).</summary>
    public ImmutableSortedDictionary<string, string> Sysctls { get; init; } = EmptyLabels;

    /// <summary>How eagerly the kernel ends the processes when memory runs out, -1000 to 1000, proc(5); null: as the engine's.</summary>
    public int? OomScoreAdjustment { get; init; }

    /// <summary>True: the container's input ends when the first who was attached to it detaches; a terminal's goes on. Default false: it stays open for others.</summary>
    public bool StdinOnce { get; init; }

    /// <summary>
    /// The streams that its creator means to be attached to, for other programs to look up; it changes nothing. Default: output and errors.
    /// </summary>
    public AttachedStreams AttachedStreams { get; init; } = AttachedStreams.Output | AttachedStreams.Error;

    /// <summary>Notes for other programs; they change nothing.</summary>
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = EmptyLabels;

    /// <summary>Sets the NIS domain name inside, at most 64 characters.</summary>
    public ContainerSpec WithDomainname(string domainname) => this with { Domainname = domainname };

    /// <summary>
    /// Makes the first process an init: it reaps processes whose parents have ended, passes signals on to the command, and ends with the
    /// command's exit code. For commands that are not written to be a first process.
    /// </summary>
    public ContainerSpec WithInit(bool init = true) => this with { Init = init };

    /// <summary>Chooses whose processes are in sight: Private, Host, or those of a container.</summary>
    public ContainerSpec WithPidNamespace(NamespaceMode mode) => this with { PidNamespace = mode };

    /// <summary>Chooses whose IPC objects and shared memory there are: Private, Shareable, None, Host, or those of a shareable container.</summary>
    public ContainerSpec WithIpcNamespace(NamespaceMode mode) => this with { IpcNamespace = mode };

    /// <summary>Chooses whose host name holds: Private or Host.</summary>
    public ContainerSpec WithUtsNamespace(NamespaceMode mode) => this with { UtsNamespace = mode };

    /// <summary>Chooses whose view of cgroups there is: Private or Host.</summary>
    public ContainerSpec WithCgroupNamespace(NamespaceMode mode) => this with { CgroupNamespace = mode };

    /// <summary>Puts the container into a user namespace of its own, in which its root is an ordinary user of the host. Root only.</summary>
    /// <param name="hostStart">The host's id of root inside; at least 1.</param>
    /// <param name="count">How many ids there are.</param>
    public ContainerSpec WithUserNamespace(uint hostStart, uint count = UserNamespaceMapping.DefaultCount) => this with { UserNamespace = new UserNamespaceMapping(hostStart, count) };

    /// <summary>Uses the network of another container, and its host name; that container has to run when this one is started.</summary>
    /// <param name="idOrName">Its id or name; looked up when the container is created.</param>
    public ContainerSpec WithNetworkOf(string idOrName) => this with { Network = NetworkMode.Container, NetworkContainer = idOrName };

    /// <summary>Limits /dev/shm.</summary>
    public ContainerSpec WithSharedMemorySize(ByteSize size) => this with { SharedMemorySize = size };

    /// <summary>Sets a kernel parameter of the container's own namespaces.</summary>
    /// <param name="name"><c>net.*</c>, or a parameter of IPC such as <c>kernel.shmmax</c> and <c>fs.mqueue.*</c>.</param>
    /// <param name="value">What is written.</param>
    public ContainerSpec WithSysctl(string name, string value) => this with { Sysctls = Sysctls.SetItem(name, value) };

    /// <summary>Sets how eagerly the kernel ends the processes when memory runs out, -1000 (never) to 1000. Without root it can only be raised.</summary>
    public ContainerSpec WithOomScoreAdjustment(int adjustment) => this with { OomScoreAdjustment = adjustment };

    /// <summary>Makes standard input a pipe that ends when the first who was attached to it detaches.</summary>
    public ContainerSpec WithStdinOnce() => this with { OpenStdin = true, StdinOnce = true };

    /// <summary>Sets a note for other programs.</summary>
    public ContainerSpec WithAnnotation(string name, string value) => this with { Annotations = Annotations.SetItem(name, value) };

    /// <summary>Sets environment variables in Docker's form.</summary>
    /// <param name="entries"><c>NAME=value</c> sets a variable, <c>NAME</c> alone removes one that the image sets.</param>
    public ContainerSpec WithEnvironmentEntries(params IEnumerable<string> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ImmutableSortedDictionary<string, string?> result = Environment;
        foreach (string entry in entries)
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            result = equals < 0 ? result.SetItem(entry, null) : result.SetItem(entry[..equals], entry[(equals + 1)..]);
        }

        return this with { Environment = result };
    }

    /// <summary>
    /// Sets the variables of a file, one <c>NAME=value</c> a line, as <c>docker run --env-file</c> reads it: empty lines and lines that begin with
    /// <c>#</c> are passed over, <c>NAME</c> alone takes the value of this process's variable where there is one.
    /// </summary>
    /// <param name="path">A file of the host.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    public ContainerSpec WithEnvironmentFile(string path)
    {
        ContainerSpec result = this;
        foreach (string line in File.ReadLines(path).Select(line => line.TrimStart()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line.Contains('=', StringComparison.Ordinal))
                result = result.WithEnvironmentEntries(line);
            else if (System.Environment.GetEnvironmentVariable(line) is string own)
                result = result.WithEnvironment(line, own);
        }

        return result;
    }
}
