using System.Text;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Runtime;

/// <summary>Attributes of an upper directory that overlayfs understands with <c>userxattr</c>.</summary>
internal static class OverlayMark
{
    /// <summary>Hides what the layers below have in a directory.</summary>
    internal static void Opaque(string directory)
    {
        using RootedDirectory parent = RootedDirectory.Open(Path.GetDirectoryName(directory)!);
        parent.SetExtendedAttribute(Encoding.UTF8.GetBytes(Path.GetFileName(directory)), "user.overlay.opaque"u8, "y"u8);
    }
}
