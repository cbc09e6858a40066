namespace ContainerKit;

/// <summary>How files are copied out of a container.</summary>
public sealed record CopyFromOptions
{
    /// <summary>
    /// True: files keep the numbers that their owners have inside, set-user-id bits, file capabilities and devices; needs root, and trust in
    /// the container. Default false: files belong to this process's user.
    /// </summary>
    public bool KeepOwners { get; init; }
}
