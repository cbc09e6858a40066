using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.Runtime.Roots;

namespace ContainerKit.Runtime;

/// <summary>
/// A directory tree of another user, such as this machine's own <c>/</c>, made usable as the root of rootless containers. Two rules of the
/// kernel are in the way of a plain overlay:
/// a directory with mounts below it can't be a layer in a user namespace (the mounts are locked, mount_namespaces(7); EINVAL), so each
/// directory that has none becomes an overlay of its own;
/// and nothing that belongs to an unmapped user is copied up (EOVERFLOW, CVE-2023-0386), so a skeleton, a layer of this user that has the
/// same directories, lies above. Existing files of other users can be replaced then, but not changed in place.
/// </summary>
/// <param name="RootLayers">The layers of <c>/</c>, topmost first.</param>
/// <param name="Parts">What is mounted on directories of it.</param>
internal sealed record ForeignView(ImmutableArray<string> RootLayers, ImmutableArray<ForeignPart> Parts)
{
    /// <summary>
    /// The overlays of one container; makes the directories that they write to. Directories that were removed since the view was made, which other
    /// programs do as they like, are empty ones of the skeleton.
    /// </summary>
    internal RootLayout Arrange(RuntimeRoot root)
    {
        string directory = Path.Combine(Path.GetDirectoryName(root.Upper)!, "parts");
        return new RootLayout(
            root with { Lower = RootLayers },
            [.. Parts.Where(part => part.Layers.All(Directory.Exists)).Select((part, i) => new RootPart(part.Target, Arrange(part, root, Path.Combine(directory, i.ToString(CultureInfo.InvariantCulture)))))]);
    }

    private static RuntimeRoot Arrange(ForeignPart part, RuntimeRoot root, string directory)
    {
        string upper = Path.Combine(directory, "upper");
        Directory.CreateDirectory(upper);
        File.SetUnixFileMode(upper, part.Mode);
        string work = Directory.CreateDirectory(Path.Combine(directory, "work")).FullName;
        return root with { Lower = part.Layers, Upper = upper, Work = work };
    }
}

/// <summary>An overlay on a directory of a foreign view.</summary>
/// <param name="Target">Path inside, without links.</param>
/// <param name="Layers">Its layers, topmost first.</param>
/// <param name="Mode">Permissions of the directory.</param>
internal sealed record ForeignPart(string Target, ImmutableArray<string> Layers, UnixFileMode Mode);
