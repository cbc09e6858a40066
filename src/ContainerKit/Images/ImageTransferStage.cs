namespace ContainerKit;

/// <summary>How far a layer is on its way.</summary>
public enum ImageTransferStage
{
    /// <summary>It is its turn later, or another engine is fetching the same layer.</summary>
    Waiting,

    /// <summary>It is fetched, and unpacked as it comes.</summary>
    Downloading,

    /// <summary>It was there already, compressed, and is unpacked.</summary>
    Unpacking,

    /// <summary>It is sent.</summary>
    Uploading,

    /// <summary>It was where it should get already.</summary>
    Existing,

    /// <summary>The registry took it from another one of its repositories.</summary>
    Mounted,

    /// <summary>It has been fetched, verified and unpacked, or sent.</summary>
    Complete,
}
