using ContainerKit.Oci;

namespace ContainerKit;

/// <summary>How an image is pulled.</summary>
public sealed record ImagePullOptions
{
    /// <summary>
    /// What the image shall run on, where the registry has several; null: this machine. An image for something else is then an error, while
    /// with null an image that exists only for another processor is taken as it is.
    /// </summary>
    public Platform? Platform { get; init; }

    /// <summary>When it is pulled at all. Default <see cref="PullPolicy.Always"/>.</summary>
    public PullPolicy Policy { get; init; } = PullPolicy.Always;

    /// <summary>Credentials for the registry; null: those of <see cref="EngineOptions.Registries"/>.</summary>
    public RegistryCredential? Credential { get; init; }

    /// <summary>How many layers are fetched and unpacked at the same time. Default 4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxParallelLayers
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(MaxParallelLayers), value, "at least one layer at a time");
    } = 4;

    /// <summary>Is told how each layer comes along, from any thread; null: nobody.</summary>
    public IProgress<ImageTransferProgress>? Progress { get; init; }
}
