using ContainerKit.Oci;

namespace ContainerKit.Images;

/// <summary>An image that is another one with a layer on top.</summary>
internal sealed record ImageCommit
{
    /// <summary>The id of the image below.</summary>
    public required Digest Parent { get; init; }

    /// <summary>The new image's name; null for none.</summary>
    public string? Reference { get; init; }

    public string? Author { get; init; }

    public string? Comment { get; init; }

    /// <summary>How the layer is stored.</summary>
    public LayerCompression Compression { get; init; } = LayerCompression.None;

    /// <summary>What made the layer.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Makes the configuration out of that of the image below.</summary>
    public required Func<ExecutionConfiguration, ExecutionConfiguration> Configure { get; init; }

    /// <summary>Writes the layer's archive, not compressed.</summary>
    public Func<Stream, CancellationToken, Task> WriteLayer { get; init; } = (_, _) => throw new InvalidOperationException("There is no layer.");
}
