namespace ContainerKit;

/// <summary>What a container did to a path of its image. The values are those of Docker's API.</summary>
public enum FileChangeKind
{
    /// <summary>It is another one, or a directory in which something was added or removed.</summary>
    Modified = 0,

    /// <summary>The image does not have it.</summary>
    Added = 1,

    /// <summary>It is gone.</summary>
    Deleted = 2,
}
