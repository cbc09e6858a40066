namespace ContainerKit.Oci;

/// <summary>How a blob is uploaded.</summary>
public sealed record BlobUploadOptions
{
    /// <summary>Asks first whether the blob is there, and sends nothing then. Default true.</summary>
    public bool SkipExisting { get; init; } = true;

    /// <summary>A repository of the same registry that has the blob, from which it is taken where the registry allows it; null: none.</summary>
    public ImageReference? MountFrom { get; init; }

    /// <summary>
    /// Bytes of a part, where the blob shall be sent in parts: after a broken connection the rest is sent only. Null (the default): in one
    /// request, and in parts of 16 MiB once that has failed.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public long? ChunkSize
    {
        get;
        init => field = value is null or > 0 ? value : throw new ArgumentOutOfRangeException(nameof(ChunkSize), value, "a part has at least one byte");
    }

    /// <summary>Is told how many bytes of the blob were sent; less than before when sending begins again. Null: nobody.</summary>
    public IProgress<long>? Progress { get; init; }
}
