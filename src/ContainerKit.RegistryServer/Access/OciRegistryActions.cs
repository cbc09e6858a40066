namespace ContainerKit.RegistryServer;

/// <summary>What can be done with a repository of an <see cref="OciRegistry"/>.</summary>
[Flags]
public enum OciRegistryActions
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read manifests, blobs, tags and referrers.</summary>
    Pull = 1,

    /// <summary>Upload blobs, store manifests and tags.</summary>
    Push = 2,

    /// <summary>Delete manifests, tags and blobs.</summary>
    Delete = 4,

    /// <summary>All of these.</summary>
    All = Pull | Push | Delete,
}
