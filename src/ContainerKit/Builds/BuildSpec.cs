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

    /// <summary>The network of commands. Default <see cref="BuildNetwork.Host"/>.</summary>
    public BuildNetwork Network { get; init; } = BuildNetwork.Host;

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

    /// <summary>The most memory that a command may use; null: no limit.</summary>
    public ByteSize? MemoryLimit { get; init; }

    /// <summary>The size of /dev/shm of commands; null: 64 MiB.</summary>
    public ByteSize? SharedMemorySize { get; init; }

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

    /// <summary>Takes no step from the cache.</summary>
    public BuildSpec WithoutCache() => this with { NoCache = true };

    /// <summary>Writes the image somewhere besides the store.</summary>
    public BuildSpec WithOutput(BuildOutput output) => this with { Outputs = Outputs.Add(output) };
}
