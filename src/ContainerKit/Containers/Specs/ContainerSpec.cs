using System.Collections.Immutable;
using System.Text.Json.Serialization;
using ContainerKit.Containers.Translation;

namespace ContainerKit;

/// <summary>
/// What a container is to be: an immutable record, so that a base spec can be shared and varied. Start with <see
/// cref="FromImage(string)"/>;
/// every <c>With…</c> method returns a changed copy. What is not set comes from the image, or has the default that is documented.
/// Values are checked when a container is created from the spec, before anything exists.
/// </summary>
public sealed partial record ContainerSpec
{
    internal static readonly TimeSpan DefaultStopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>What only the processes may see; null for nothing.</summary>
    [JsonIgnore]
    internal ContainerSecrets? Secrets { get; init; }

    /// <summary>The image's name, as in <c>alpine:3.20</c>, or its id.</summary>
    public required string Image { get; init; }

    /// <summary>The container's name, unique in the data root; null: one is made up.</summary>
    public string? Name { get; init; }

    /// <summary>The command or the entrypoint's arguments; null: the image's.</summary>
    public ImmutableArray<string>? Command { get; init; }

    /// <summary>What is put before the command; null: the image's. Setting it makes the image's command void, as Docker does.</summary>
    public ImmutableArray<string>? Entrypoint { get; init; }

    /// <summary>Variables that are added to the image's, or replace them; a null value removes the image's.</summary>
    public ImmutableSortedDictionary<string, string?> Environment { get; init; } = EmptyEnvironment;

    /// <summary><c>user[:group]</c>, names of the image's passwd and group or numbers; null: the image's, or root.</summary>
    public string? User { get; init; }

    /// <summary>Further groups of the user, names or numbers.</summary>
    public ImmutableArray<string> AdditionalGroups { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Where the command starts, an absolute path, made when missing; null: the image's, or <c>/</c>.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The host name inside; null: the first 12 characters of the id, or the host's with <see cref="NetworkMode.Host"/>.</summary>
    public string? Hostname { get; init; }

    /// <summary>Labels, added to the image's.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = EmptyLabels;

    /// <summary>Files and directories of the host that are visible inside.</summary>
    public ImmutableArray<BindMount> Binds { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>File systems in memory.</summary>
    public ImmutableArray<TmpfsMount> Tmpfs { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Volumes, besides those that the image asks for.</summary>
    public ImmutableArray<VolumeMount> Volumes { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Containers by name or id whose volumes are mounted, too, at the same paths; <c>:ro</c> at the end: read-only.</summary>
    public ImmutableArray<string> VolumesFrom { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>True: the root file system can't be written; binds and tmpfs can. Default false.</summary>
    public bool ReadOnlyRoot { get; init; }

    /// <summary>The most memory that all processes together may use, at least 6 MiB; null: no limit.</summary>
    public ByteSize? MemoryLimit { get; init; }

    /// <summary>Processor time per time: 1.5 is one and a half processors; at least 0.01; null: no limit.</summary>
    public double? CpuLimit { get; init; }

    /// <summary>The number of processes and threads; null: no limit.</summary>
    public long? PidsLimit { get; init; }

    /// <summary>Resource limits by Docker's names in lower case (<c>nofile</c>, <c>nproc</c>, <c>core</c>…).</summary>
    public ImmutableSortedDictionary<string, Ulimit> Ulimits { get; init; } = EmptyUlimits;

    /// <summary>Capabilities besides Docker's default 14, with or without <c>CAP_</c>; <c>ALL</c> for all. capabilities(7).</summary>
    public ImmutableArray<string> AddedCapabilities { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Capabilities that are taken away; <c>ALL</c> leaves those that are added.</summary>
    public ImmutableArray<string> DroppedCapabilities { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>True: every capability, no system call filter, all devices. Use it for trusted images only. Default false.</summary>
    public bool Privileged { get; init; }

    /// <summary>True: execve(2) can't gain privileges, through setuid bits for instance. Default false.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>True: the command has a controlling terminal, and standard output and error are one stream. Default false.</summary>
    public bool Terminal { get; init; }

    /// <summary>The terminal's first size; null: the kernel's default.</summary>
    public TerminalSize? TerminalSize { get; init; }

    /// <summary>
    /// True: standard input is a pipe that an attached caller writes to; false: it is empty. A terminal always has input.
    /// </summary>
    public bool OpenStdin { get; init; }

    /// <summary>Which network the container sees. Default <see cref="NetworkMode.Default"/>.</summary>
    public NetworkMode Network { get; init; } = NetworkMode.Default;

    /// <summary>
    /// The signal that asks the command to end, as <c>SIGTERM</c>, <c>TERM</c> or <c>15</c>; null: the image's, or SIGTERM.
    /// </summary>
    public string? StopSignal { get; init; }

    /// <summary>How long <see cref="Container.StopAsync(TimeSpan?, CancellationToken)"/> waits before it kills. Default 10 s.</summary>
    public TimeSpan StopTimeout { get; init; } = DefaultStopTimeout;

    /// <summary>True: the container is removed when it ends. Default false.</summary>
    public bool AutoRemove { get; init; }

    private static ImmutableSortedDictionary<string, string?> EmptyEnvironment { get; }
        = ImmutableSortedDictionary.Create<string, string?>(StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, string> EmptyLabels { get; }
        = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, Ulimit> EmptyUlimits { get; }
        = ImmutableSortedDictionary.Create<string, Ulimit>(StringComparer.Ordinal);
}
