using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Storage;

/// <summary>A digest of everything that a layer's files are, but for the times of directories. Packing depends on nothing else, so that of equal trees it is equal.</summary>
internal static class LayerFingerprint
{
    /// <summary>Reads a layer's directory.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="ownership">How the owners of its files were set.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async ValueTask<Digest> ComputeAsync(string path, IFileOwnership ownership, CancellationToken cancellationToken)
    {
        using var hash = SHA256.Create();
        var output = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write);
        await using (ConfiguredAsyncDisposable _ = output.ConfigureAwait(false))
        {
            RootedDirectory root = await ownership.OpenAsync(path, cancellationToken).ConfigureAwait(false);
            FileStatus status = root.GetStatus(default);
            using var directory = new PlainDirectory(root, OverlayAttributeNames.Default);
            var writer = new TarWriter(output);
            // Of a directory that only appears in paths the time is that of unpacking.
            var packer = new TreePacker(writer, ownership.View, new PackingOptions { OverlayUpper = true, OmitsDirectoryTimes = true });
            await packer.PackDirectoryAsync(directory, [], status, cancellationToken).ConfigureAwait(false);
            await packer.PackContentAsync(directory, [], cancellationToken).ConfigureAwait(false);
            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
            await output.FlushFinalBlockAsync(cancellationToken).ConfigureAwait(false);
            return Digest.Parse($"{Digest.Sha256}:{Convert.ToHexStringLower(hash.Hash!)}");
        }
    }
}
