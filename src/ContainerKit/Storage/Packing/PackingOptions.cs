using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Packing;

/// <summary>How a tree is packed.</summary>
internal sealed record PackingOptions
{
    /// <summary>True: the tree is an overlay's upper directory, and its marks become the whiteouts of an image layer.</summary>
    public bool OverlayUpper { get; init; }

    /// <summary>The owner of everything; null for the files' own.</summary>
    public (uint User, uint Group)? Owner { get; init; }

    /// <summary>True: directories have no time.</summary>
    public bool OmitsDirectoryTimes { get; init; }

    /// <summary>Tells of a directory whether it stays empty; null: none does.</summary>
    public Func<ITreeDirectory, FileStatus, bool>? IsSkipped { get; init; }

    /// <summary>No entry gets a later time of modification, in seconds since 1970; null: any.</summary>
    public long? LatestTime { get; init; }

    /// <summary>
    /// True: of sparse files only what is no hole. False, for the layers of images: their zeros are written, since dockerd and podman can't give an
    /// image back whose archives have sparse files (tar-split), and what a file system has allocated is no part of a file's content.
    /// </summary>
    public bool KeepsHoles { get; init; }

    /// <summary>True: device nodes are left out.</summary>
    public bool LeavesOutDevices { get; init; }
}
