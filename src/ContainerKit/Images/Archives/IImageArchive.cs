namespace ContainerKit.Images.Archives;

/// <summary>Files by name that hold images: an OCI layout or what <c>docker save</c> writes.</summary>
internal interface IImageArchive : IDisposable
{
    /// <summary>Opens a file.</summary>
    /// <param name="name">Name with slashes, from a document that may be hostile.</param>
    /// <returns>A stream that the caller owns, or null when there is no such regular file.</returns>
    Stream? OpenRead(string name);

    /// <summary>The path of a file that may be moved away, since nobody else needs it; null where it must be copied.</summary>
    string? FindMovable(string name);
}
