using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>How an image is pushed.</summary>
public sealed record ImagePushOptions
{
    /// <summary>The name to push to, for instance <c>registry.example/team/app:1</c>; null: the name of the image that was given.</summary>
    public string? Destination { get; init; }

    /// <summary>Credentials for the registry; null: those of <see cref="EngineOptions.Registries"/>.</summary>
    public RegistryCredential? Credential { get; init; }

    /// <summary>How many layers are sent at the same time. Default 4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxParallelLayers
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(MaxParallelLayers), value, "at least one layer at a time");
    } = 4;

    /// <summary>Is told how each layer comes along, from any thread; null: nobody.</summary>
    public IProgress<ImageTransferProgress>? Progress { get; init; }
}
