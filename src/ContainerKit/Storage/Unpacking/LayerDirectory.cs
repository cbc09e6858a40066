using ContainerKit.Linux.Paths;

namespace ContainerKit.Storage.Unpacking;

/// <summary>A directory of the layer that is being unpacked: by descriptor, and what is still to be done in it.</summary>
/// <param name="Descriptor">The directory.</param>
/// <param name="Path">Its real path below the layer's root, empty for the root.</param>
/// <param name="Pending">What is still to be done.</param>
internal sealed record LayerDirectory(RootedDirectory Descriptor, byte[] Path, PendingDirectory Pending) : IDisposable
{
    /// <summary>The path of an entry in it.</summary>
    public byte[] PathOf(byte[] name) => Path.Length == 0 ? name : [.. Path, (byte)'/', .. name];

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
