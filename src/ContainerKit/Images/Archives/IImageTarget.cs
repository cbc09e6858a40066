using ContainerKit.Oci;

namespace ContainerKit.Images.Archives;

/// <summary>Where the files of saved images go.</summary>
internal interface IImageTarget
{
    /// <summary>The index that is there already; null for none.</summary>
    ImageIndex? ReadIndex();

    /// <summary>Writes a file, once.</summary>
    /// <param name="name">Name with slashes.</param>
    /// <param name="content">Read to its end; stays owned by the caller.</param>
    /// <param name="size">Its length in bytes.</param>
    /// <param name="cancellationToken">Stops.</param>
    Task WriteAsync(string name, Stream content, long size, CancellationToken cancellationToken);
}
