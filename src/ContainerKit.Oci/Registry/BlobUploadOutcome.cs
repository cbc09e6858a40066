namespace ContainerKit.Oci;

/// <summary>What it took for a registry to have a blob.</summary>
public enum BlobUploadOutcome
{
    /// <summary>It had it already.</summary>
    Existing,

    /// <summary>It took it from another one of its repositories.</summary>
    Mounted,

    /// <summary>It was sent.</summary>
    Uploaded,
}
