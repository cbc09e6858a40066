using System.Collections.Immutable;
using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>
/// What is built and how: an immutable record. Start with <see cref="FromDirectory"/> or <see cref="FromContext"/>; every <c>With…</c> method
/// returns a changed copy.
/// </summary>
public sealed record BuildSpec
{
    /// <summary>Where COPY and ADD take files from.</summary>
    public required BuildContext Context { get; init; }

    /// <summary>
    /// The Dockerfile: a path in the context, or an absolute path of this machine. Default <c>Dockerfile</c>. A file of that name with
    /// <c>.dockerignore</c> behind it is preferred to the context's <c>.dockerignore</c>.
    /// </summary>
    public string Dockerfile { get; init; } = "Dockerfile";

    /// <summary>The Dockerfile's text; null: it is read from <see cref="Dockerfile"/>.</summary>
    public string? DockerfileText { get; init; }

    /// <summary>The image's names, <c>app:1</c>; <c>:latest</c> is added to those without a tag.</summary>
    public ImmutableArray<string> Tags { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Values for ARG instructions; a null value: that of this process's variable of the same name, if it is set.</summary>
    public ImmutableSortedDictionary<string, string?> Arguments { get; init; } = ImmutableSortedDictionary.Create<string, string?>(StringComparer.Ordinal);

    /// <summary>Labels of the image, which win over the Dockerfile's.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Further contexts by name, for FROM, COPY --from and RUN --mount from=; they win over images of that name.</summary>
    public ImmutableSortedDictionary<string, BuildContext> NamedContexts { get; init; } = ImmutableSortedDictionary.Create<string, BuildContext>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Secrets by the id that a RUN asks for.</summary>
    public ImmutableSortedDictionary<string, BuildSecret> Secrets { get; init; } = ImmutableSortedDictionary.Create<string, BuildSecret>(StringComparer.Ordinal);

    /// <summary>Sockets of ssh agents by the id that a RUN asks for; <c>default</c> is the usual one.</summary>
    public ImmutableSortedDictionary<string, string> SshAgents { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The name or number of the stage that is the result; null: the last one.</summary>
    public string? Target { get; init; }

    /// <summary>What the image is for; null: this machine.</summary>
    public Platform? Platform { get; init; }

    /// <summary>True: no step is taken from the cache. Default false.</summary>
    public bool NoCache { get; init; }

    /// <summary>True: registries are asked for newer base images. Default false: what is here is used, the rest pulled.</summary>
    public bool Pull { get; init; }

    /// <summary>
    /// Who asks registries for base images, by registry (<c>docker.io</c>, <c>localhost:5000</c>); for others it is as the engine is configured. They
    /// are no part of the result, nor of the cache's keys.
    /// </summary>
    public ImmutableDictionary<string, RegistryCredential> Credentials { get; init; } = ImmutableDictionary.Create<string, RegistryCredential>(StringComparer.Ordinal);

    /// <summary>The network of commands. Default <see cref="BuildNetwork.Default"/>.</summary>
    public BuildNetwork Network { get; init; }

    /// <summary>A network of this engine for commands, by name or id, with <see cref="BuildNetwork.Default"/>; null: the default one.</summary>
    public string? NetworkName { get; init; }

    /// <summary>The running container whose network commands use, by name or id, with <see cref="BuildNetwork.Default"/>; null: none.</summary>
    public string? NetworkContainer { get; init; }

    /// <summary>Further lines of /etc/hosts for commands, <c>name:address</c>; the address may be <c>host-gateway</c>.</summary>
    public ImmutableArray<string> ExtraHosts { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>True: a RUN may ask for <c>--security=insecure</c>, which is every privilege. Default false.</summary>
    public bool AllowInsecure { get; init; }

    /// <summary>True: the image has one layer only. Default false.</summary>
    public bool Squash { get; init; }

    /// <summary>
    /// The time that the image, its history and new files get at the latest, so that builds of the same give the same bytes; null: that of the
    /// build argument SOURCE_DATE_EPOCH, or the time of the build.
    /// </summary>
    public DateTimeOffset? SourceDate { get; init; }

    /// <summary>Where the image goes besides the store.</summary>
    public ImmutableArray<BuildOutput> Outputs { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Annotations of the image's manifest.</summary>
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The most memory that a command may use, at least 6 MiB; null: no limit.</summary>
    public ByteSize? MemoryLimit { get; init; }

    /// <summary>The most memory and swap together, at least <see cref="MemoryLimit"/>, which has to be set; -1 bytes for unlimited swap; null: the kernel's rule.</summary>
    public ByteSize? MemoryAndSwapLimit { get; init; }

    /// <summary>Processor time per time for a command: 1.5 is one and a half processors; null: no limit.</summary>
    public double? CpuLimit { get; init; }

    /// <summary>The relative weight of a command's processor time, 2 to 262144; null: 1024.</summary>
    public long? CpuShares { get; init; }

    /// <summary>Processor time in each <see cref="CpuPeriod"/>; null: no limit. Not together with <see cref="CpuLimit"/>.</summary>
    public TimeSpan? CpuQuota { get; init; }

    /// <summary>What <see cref="CpuQuota"/> is counted by; null: 100 ms.</summary>
    public TimeSpan? CpuPeriod { get; init; }

    /// <summary>The processors that a command may use, as in <c>0-2,7</c>; null: all.</summary>
    public string? CpusetProcessors { get; init; }

    /// <summary>The memory nodes that a command may use, as in <c>0-1</c>; null: all.</summary>
    public string? CpusetMemoryNodes { get; init; }

    /// <summary>Resource limits of commands by Docker's names in lower case (<c>nofile</c>, <c>nproc</c>, <c>core</c>…).</summary>
    public ImmutableSortedDictionary<string, Ulimit> Ulimits { get; init; } = ImmutableSortedDictionary.Create<string, Ulimit>(StringComparer.Ordinal);

    /// <summary>The size of /dev/shm of commands; null: 64 MiB.</summary>
    public ByteSize? SharedMemorySize { get; init; }

    /// <summary>
    /// Images whose steps count as done, by name: those of this store, or pulled. They need what <see cref="InlineCache"/> or <see cref="CacheTo"/>
    /// wrote; one without, or one that can't be had, is a warning.
    /// </summary>
    public ImmutableArray<string> CacheFrom { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>True: the image says by which steps its layers were made, so that it can be named in <see cref="CacheFrom"/>. Default false; the argument BUILDKIT_INLINE_CACHE=1 does the same.</summary>
    public bool InlineCache { get; init; }

    /// <summary>The name of a further image that gets the layers of all steps of all stages, so that it can be pushed and named in <see cref="CacheFrom"/>; null: none.</summary>
    public string? CacheTo { get; init; }

    /// <summary>
    /// True: the manifest says in the annotation <c>dev.containerkit.provenance.slsa.v0.2</c> what the image was made of: base images, downloads
    /// and repositories with their digests, and the names of arguments and secrets. Default false.
    /// </summary>
    public bool Provenance { get; init; }

    /// <summary>
    /// Several platforms: the image is built for each, in their order, and <see cref="Tags"/> name the one that this machine runs, or the first.
    /// An OCI layout or archive among <see cref="Outputs"/> holds all of them behind one index; of other outputs only directories of files are
    /// possible, one a platform. Empty: <see cref="Platform"/> alone.
    /// </summary>
    public ImmutableArray<Platform> Platforms { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The most that one ADD may download. Default 8 GiB.</summary>
    public ByteSize DownloadLimit { get; init; } = ByteSize.GiB(8);

    /// <summary>A spec for a directory with a Dockerfile.</summary>
    /// <param name="path">The directory.</param>
    public static BuildSpec FromDirectory(string path) => FromContext(BuildContext.FromDirectory(path));

    /// <summary>A spec for a context.</summary>
    /// <param name="context">The context.</param>
    public static BuildSpec FromContext(BuildContext context) => new() { Context = context };

    /// <summary>A spec for a Dockerfile that copies nothing from a context.</summary>
    /// <param name="text">The Dockerfile.</param>
    public static BuildSpec FromDockerfile(string text) => new() { Context = BuildContext.Empty, DockerfileText = text };

    /// <summary>Chooses the Dockerfile: a path in the context, or an absolute one.</summary>
    public BuildSpec WithDockerfile(string path) => this with { Dockerfile = path };

    /// <summary>Gives the Dockerfile's text.</summary>
    public BuildSpec WithDockerfileText(string text) => this with { DockerfileText = text };

    /// <summary>Gives the image a further name.</summary>
    public BuildSpec WithTag(string reference) => this with { Tags = Tags.Add(reference) };

    /// <summary>Sets a build argument.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value; null: that of this process's variable.</param>
    public BuildSpec WithArgument(string name, string? value) => this with { Arguments = Arguments.SetItem(name, value) };

    /// <summary>Sets a label.</summary>
    public BuildSpec WithLabel(string name, string value) => this with { Labels = Labels.SetItem(name, value) };

    /// <summary>Adds a named context.</summary>
    public BuildSpec WithNamedContext(string name, BuildContext context) => this with { NamedContexts = NamedContexts.SetItem(name, context) };

    /// <summary>Adds a secret.</summary>
    public BuildSpec WithSecret(string id, BuildSecret secret) => this with { Secrets = Secrets.SetItem(id, secret) };

    /// <summary>Adds the socket of an ssh agent.</summary>
    /// <param name="socket">Its path.</param>
    /// <param name="id">The id that a RUN asks for.</param>
    public BuildSpec WithSshAgent(string socket, string id = "default") => this with { SshAgents = SshAgents.SetItem(id, socket) };

    /// <summary>Chooses the stage that is the result.</summary>
    public BuildSpec WithTarget(string stage) => this with { Target = stage };

    /// <summary>Chooses the network of commands.</summary>
    public BuildSpec WithNetwork(BuildNetwork network) => this with { Network = network, NetworkName = null, NetworkContainer = null };

    /// <summary>Chooses a network of this engine for commands.</summary>
    /// <param name="network">Its name or id.</param>
    public BuildSpec WithNetwork(string network) => this with { Network = BuildNetwork.Default, NetworkName = network, NetworkContainer = null };

    /// <summary>Adds a line to /etc/hosts of commands.</summary>
    /// <param name="name">A host name.</param>
    /// <param name="address">Its address, or <c>host-gateway</c>.</param>
    public BuildSpec WithExtraHost(string name, string address) => this with { ExtraHosts = ExtraHosts.Add($"{name}:{address}") };

    /// <summary>Adds an image whose steps count as done.</summary>
    /// <param name="reference">Its name.</param>
    public BuildSpec WithCacheFrom(string reference) => this with { CacheFrom = CacheFrom.Add(reference) };

    /// <summary>Takes no step from the cache.</summary>
    public BuildSpec WithoutCache() => this with { NoCache = true };

    /// <summary>Writes the image somewhere besides the store.</summary>
    public BuildSpec WithOutput(BuildOutput output) => this with { Outputs = Outputs.Add(output) };
}
