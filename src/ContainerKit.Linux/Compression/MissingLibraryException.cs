namespace ContainerKit.Linux.Compression;

/// <summary>A shared library that is not on this machine.</summary>
public sealed class MissingLibraryException : PlatformNotSupportedException
{
    internal MissingLibraryException(string library, string package, Exception? inner)
        : base($"The library {library} is not installed; it is in the package {package} (Debian's name).", inner)
    {
        Library = library;
    }

    /// <summary>The library's file name.</summary>
    public string Library { get; }
}
