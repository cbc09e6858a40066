using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>What <see cref="Container.CommitAsync"/> makes of a container.</summary>
public sealed record CommitOptions
{
    /// <summary>Who made the image; null for nobody.</summary>
    public string? Author { get; init; }

    /// <summary>A note for the image's history.</summary>
    public string? Message { get; init; }

    /// <summary>True, the default: a running container stands still while its files are packed, so that they belong together.</summary>
    public bool Pause { get; init; } = true;

    /// <summary>
    /// Instructions of a Dockerfile that change the configuration: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL,
    /// STOPSIGNAL, USER, VOLUME, WORKDIR.
    /// </summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>How the new layer is stored; default <see cref="LayerCompression.None"/>.</summary>
    public LayerCompression Compression { get; init; } = LayerCompression.None;

    /// <summary>
    /// The configuration to start from; null: the image's, with what the container's spec sets (command, environment, labels, user, …).
    /// </summary>
    public ExecutionConfiguration? Configuration { get; init; }
}
