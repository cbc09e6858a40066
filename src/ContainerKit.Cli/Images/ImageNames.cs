using ContainerKit.Oci;

namespace ContainerKit.Cli.Images;

/// <summary>Names of images as docker's commands take them apart.</summary>
internal static class ImageNames
{
    /// <summary>With <c>:latest</c>, if there is neither a tag nor a digest.</summary>
    public static string WithTag(string name)
        => HasTag(name) || name.Contains('@', StringComparison.Ordinal) ? name : $"{name}:{ImageReference.DefaultTag}";

    /// <summary>The repository, and the tag or digest; an empty tag when there is none.</summary>
    public static (string Repository, string Tag) Split(string name)
    {
        int at = name.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
            return (name[..at], name[(at + 1)..]);
        int colon = HasTag(name) ? name.LastIndexOf(':') : -1;
        return colon < 0 ? (name, "") : (name[..colon], name[(colon + 1)..]);
    }

    /// <summary>A colon behind the last slash: before it there may be that of a port.</summary>
    public static bool HasTag(string name) => name.LastIndexOf(':') > name.LastIndexOf('/');
}
