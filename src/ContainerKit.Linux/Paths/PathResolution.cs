using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Paths;

/// <summary>How a path of several components is resolved below a <see cref="RootedDirectory"/>; see openat2(2).</summary>
/// <remarks>Whatever is set, the directory acts as <c>/</c> for <c>..</c> and absolute links, and links of proc(5) are refused.</remarks>
[Flags]
public enum PathResolution
{
    /// <summary>Symbolic links are followed, inside the directory; mount points are crossed.</summary>
    None = 0,

    /// <summary>A symbolic link in any component, the last one included, fails with ELOOP.</summary>
    NoSymbolicLinks = (int)OpenHow.ResolveNoSymlinks,

    /// <summary>Crossing a mount point fails with EXDEV.</summary>
    NoMountPoints = (int)OpenHow.ResolveNoXDev,
}
