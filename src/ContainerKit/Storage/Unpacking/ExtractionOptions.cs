namespace ContainerKit.Storage.Unpacking;

/// <summary>How an archive becomes files of a tree that exists.</summary>
internal sealed record ExtractionOptions
{
    /// <summary>True: files get owners. False: they are this user's.</summary>
    public bool SetsOwners { get; init; }

    /// <summary>The owner of everything, when owners are set; null for what the archive says.</summary>
    public (uint User, uint Group)? Owner { get; init; }

    /// <summary>Whether a file can belong to a user and group; null: any.</summary>
    public Func<uint, uint, bool>? CanOwn { get; init; }

    /// <summary>True: set-user-id bits and file capabilities are kept. False where the archive's author must not gain by that.</summary>
    public bool KeepsPrivileges { get; init; }

    /// <summary>True: devices are made. False: they are refused.</summary>
    public bool MakesDevices { get; init; }

    /// <summary>True: the tree's own links lead to directories, inside of its root. False: nothing is ever put behind a link.</summary>
    public bool FollowsLinks { get; init; }

    /// <summary>True: a directory is not replaced by something else, nor the reverse.</summary>
    public bool KeepsTypes { get; init; }
}
