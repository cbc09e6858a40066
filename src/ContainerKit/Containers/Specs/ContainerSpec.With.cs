namespace ContainerKit;

/// <content>The fluent part: one <c>with</c> expression each.</content>
public sealed partial record ContainerSpec
{
    /// <summary>How a spec names an image that is a directory of this machine.</summary>
    internal const string DirectoryPrefix = "dir:";

    /// <summary>A spec for a container of the image with this name or id.</summary>
    /// <param name="image">As in <c>alpine:3.20</c>; <c>dir:/path</c> for a directory as in <see
    /// cref="ImageCollection.FromDirectoryAsync"/>.</param>
    public static ContainerSpec FromImage(string image) => new() { Image = image };

    /// <summary>A spec for a container of this image.</summary>
    /// <param name="image">An image of the same engine.</param>
    public static ContainerSpec FromImage(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new() { Image = image.Directory is { } directory ? DirectoryPrefix + directory : image.Id.ToString() };
    }

    /// <summary>Gives the container a name, <c>[a-zA-Z0-9][a-zA-Z0-9_.-]+</c>.</summary>
    public ContainerSpec WithName(string name) => this with { Name = name };

    /// <summary>Sets the command, or the arguments of the entrypoint where there is one.</summary>
    public ContainerSpec WithCommand(params IEnumerable<string> command) => this with { Command = [.. command] };

    /// <summary>
    /// Sets what is put before the command; none at all removes the image's entrypoint. The image's command becomes void.
    /// </summary>
    public ContainerSpec WithEntrypoint(params IEnumerable<string> entrypoint) => this with { Entrypoint = [.. entrypoint] };

    /// <summary>Sets an environment variable.</summary>
    /// <param name="name">Not empty, no <c>=</c>, no NUL.</param>
    /// <param name="value">No NUL.</param>
    public ContainerSpec WithEnvironment(string name, string value) => this with { Environment = Environment.SetItem(name, value) };

    /// <summary>Removes an environment variable that the image sets.</summary>
    public ContainerSpec WithoutEnvironment(string name) => this with { Environment = Environment.SetItem(name, null) };

    /// <summary>Sets the user, <c>user[:group]</c>, names or numbers.</summary>
    public ContainerSpec WithUser(string user) => this with { User = user };

    /// <summary>Adds the user to further groups, names or numbers.</summary>
    public ContainerSpec WithGroups(params IEnumerable<string> groups) => this with { AdditionalGroups = [.. AdditionalGroups, .. groups] };

    /// <summary>Sets where the command starts, an absolute path.</summary>
    public ContainerSpec WithWorkingDirectory(string path) => this with { WorkingDirectory = path };

    /// <summary>Sets the host name inside, at most 64 characters.</summary>
    public ContainerSpec WithHostname(string hostname) => this with { Hostname = hostname };

    /// <summary>Sets a label.</summary>
    public ContainerSpec WithLabel(string name, string value) => this with { Labels = Labels.SetItem(name, value) };

    /// <summary>Shows a file or directory of the host inside the container.</summary>
    /// <param name="source">Path on the host. It must exist when the container is created.</param>
    /// <param name="target">Absolute path inside the container; made when missing.</param>
    /// <param name="readOnly">True: the container can't write there.</param>
    public ContainerSpec WithBind(string source, string target, bool readOnly = false)
        => this with { Binds = Binds.Add(new BindMount(source, target, readOnly)) };

    /// <summary>Mounts an empty file system in memory.</summary>
    /// <param name="target">Absolute path inside the container; made when missing.</param>
    /// <param name="size">The most it may hold; null for half of the memory.</param>
    public ContainerSpec WithTmpfs(string target, ByteSize? size = null) => this with { Tmpfs = Tmpfs.Add(new TmpfsMount(target, size)) };

    /// <summary>Mounts an empty file system in memory, with every option.</summary>
    public ContainerSpec WithTmpfs(TmpfsMount mount) => this with { Tmpfs = Tmpfs.Add(mount) };

    /// <summary>Mounts a volume, which is made when it is missing.</summary>
    /// <param name="name">The volume's name.</param>
    /// <param name="target">Absolute path inside the container; made when missing.</param>
    /// <param name="readOnly">True: the container can't write there.</param>
    public ContainerSpec WithVolume(string name, string target, bool readOnly = false) => this with { Volumes = Volumes.Add(new VolumeMount(name, target, readOnly)) };

    /// <summary>Mounts a volume.</summary>
    public ContainerSpec WithVolume(VolumeMount mount) => this with { Volumes = Volumes.Add(mount) };

    /// <summary>Mounts the volumes of another container at the same paths.</summary>
    /// <param name="container">Its name or id; <c>:ro</c> at the end: read-only.</param>
    public ContainerSpec WithVolumesFrom(string container) => this with { VolumesFrom = VolumesFrom.Add(container) };

    /// <summary>Makes the root file system read-only, or writable again.</summary>
    public ContainerSpec WithReadOnlyRoot(bool readOnly = true) => this with { ReadOnlyRoot = readOnly };

    /// <summary>Limits the memory of all processes together; at least 6 MiB.</summary>
    public ContainerSpec WithMemoryLimit(ByteSize limit) => this with { MemoryLimit = limit };

    /// <summary>Limits processor time: 1.5 is one and a half processors.</summary>
    public ContainerSpec WithCpuLimit(double processors) => this with { CpuLimit = processors };

    /// <summary>Limits the number of processes and threads.</summary>
    public ContainerSpec WithPidsLimit(long limit) => this with { PidsLimit = limit };

    /// <summary>Sets a resource limit, getrlimit(2).</summary>
    /// <param name="name">Docker's name in lower case: <c>nofile</c>, <c>nproc</c>, <c>core</c>…</param>
    /// <param name="soft">The limit that is enforced; <see cref="Ulimit.Unlimited"/> for none.</param>
    /// <param name="hard">Up to where it may be raised; null: the soft limit.</param>
    public ContainerSpec WithUlimit(string name, long soft, long? hard = null)
        => this with { Ulimits = Ulimits.SetItem(name, new Ulimit(soft, hard ?? soft)) };

    /// <summary>Adds capabilities, with or without <c>CAP_</c>; <c>ALL</c> for all.</summary>
    public ContainerSpec WithAddedCapabilities(params IEnumerable<string> capabilities)
        => this with { AddedCapabilities = [.. AddedCapabilities, .. capabilities] };

    /// <summary>Takes capabilities away; <c>ALL</c> leaves those that are added.</summary>
    public ContainerSpec WithDroppedCapabilities(params IEnumerable<string> capabilities)
        => this with { DroppedCapabilities = [.. DroppedCapabilities, .. capabilities] };

    /// <summary>Gives the container every privilege there is. For trusted images only.</summary>
    public ContainerSpec WithPrivileged(bool privileged = true) => this with { Privileged = privileged };

    /// <summary>Forbids gaining privileges through execve(2).</summary>
    public ContainerSpec WithNoNewPrivileges(bool noNewPrivileges = true) => this with { NoNewPrivileges = noNewPrivileges };

    /// <summary>Gives the command a controlling terminal.</summary>
    /// <param name="size">Its first size; null for the kernel's default.</param>
    public ContainerSpec WithTerminal(TerminalSize? size = null) => this with { Terminal = true, TerminalSize = size };

    /// <summary>Makes standard input a pipe that an attached caller writes to.</summary>
    public ContainerSpec WithOpenStdin(bool openStdin = true) => this with { OpenStdin = openStdin };

    /// <summary>Chooses the network.</summary>
    public ContainerSpec WithNetwork(NetworkMode network) => this with { Network = network };

    /// <summary>Sets the signal that asks the command to end: <c>SIGTERM</c>, <c>TERM</c> or <c>15</c>.</summary>
    public ContainerSpec WithStopSignal(string signal) => this with { StopSignal = signal };

    /// <summary>Sets how long a stop waits before it kills; <see cref="Timeout.InfiniteTimeSpan"/> to wait for ever.</summary>
    public ContainerSpec WithStopTimeout(TimeSpan timeout) => this with { StopTimeout = timeout };

    /// <summary>Removes the container when it ends.</summary>
    public ContainerSpec WithAutoRemove(bool autoRemove = true) => this with { AutoRemove = autoRemove };
}
