namespace ContainerKit.Storage;

/// <summary>The namespace of the extended attributes by which overlayfs marks directories.</summary>
internal enum OverlayAttributes
{
    /// <summary><c>trusted.overlay.*</c>: overlays that root mounts.</summary>
    Trusted,

    /// <summary><c>user.overlay.*</c>: overlays mounted with <c>userxattr</c>, the only ones that an ordinary user can mount.</summary>
    User,
}

/// <summary>The attributes' names.</summary>
internal static class OverlayAttributeNames
{
    /// <summary>The namespace that this process uses: only root can read and write <c>trusted.*</c>.</summary>
    public static OverlayAttributes Default => Environment.IsPrivilegedProcess ? OverlayAttributes.Trusted : OverlayAttributes.User;

    /// <summary>The mark of a directory that hides those below it; value <c>y</c>.</summary>
    public static ReadOnlySpan<byte> Opaque(this OverlayAttributes attributes)
        => attributes == OverlayAttributes.Trusted ? "trusted.overlay.opaque"u8 : "user.overlay.opaque"u8;

    /// <summary>The mark of an empty file that stands for a removed one (Linux 6.7), in directories whose opaque mark has the value <c>x</c>.</summary>
    public static ReadOnlySpan<byte> Whiteout(this OverlayAttributes attributes)
        => attributes == OverlayAttributes.Trusted ? "trusted.overlay.whiteout"u8 : "user.overlay.whiteout"u8;
}
