using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>What <see cref="ImageCollection.ImportAsync(Stream, ImageImportOptions?, CancellationToken)"/> makes of a root file system.</summary>
public sealed record ImageImportOptions
{
    /// <summary>The image's name, such as <c>debian:mine</c>; null for none.</summary>
    public string? Reference { get; init; }

    /// <summary>Environment, command, user and so on. Default: nothing but a PATH, so that a container needs a command of its own.</summary>
    public ExecutionConfiguration? Configuration { get; init; }

    /// <summary>Instructions of a Dockerfile that change the configuration, as in <see cref="CommitOptions.Changes"/>.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>The platform of the files. Default: this machine's.</summary>
    public Platform? Platform { get; init; }

    /// <summary>A note for the image's history.</summary>
    public string? Comment { get; init; }
}
