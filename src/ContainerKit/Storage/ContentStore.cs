using System.Buffers;
using System.Runtime.CompilerServices;
using ContainerKit.Oci;
using ContainerKit.Storage.Ownership;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage;

/// <summary>Blobs by digest: blobs/&lt;algorithm&gt;/&lt;hex&gt;. A blob that is there is complete, and was verified when it came.</summary>
/// <param name="root">The data root.</param>
internal sealed class ContentStore(DataRoot root)
{
    private const int BufferSize = 256 * 1024;
    private const string StagedName = "blob";

    /// <summary>True when the blob is there.</summary>
    public bool Contains(Digest digest) => File.Exists(root.BlobPath(digest));

    /// <summary>Size of a blob in bytes.</summary>
    /// <exception cref="NotFoundException">There is none.</exception>
    public long GetSize(Digest digest)
    {
        var file = new FileInfo(root.BlobPath(digest));
        return file.Exists ? file.Length : throw Missing(digest);
    }

    /// <summary>Opens a blob for reading.</summary>
    /// <returns>A stream that the caller owns.</returns>
    /// <exception cref="NotFoundException">There is none.</exception>
    public FileStream OpenRead(Digest digest)
    {
        try
        {
            return new FileStream(root.BlobPath(digest), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: false);
        }
        catch (FileNotFoundException)
        {
            throw Missing(digest);
        }
    }

    /// <summary>Reads a document (manifest, configuration, index) and verifies it again.</summary>
    /// <exception cref="NotFoundException">There is none.</exception>
    /// <exception cref="ContentMismatchException">The blob is damaged.</exception>
    /// <exception cref="InvalidContentException">The blob is larger than a document may be.</exception>
    public async ValueTask<byte[]> ReadDocumentAsync(Digest digest, CancellationToken cancellationToken)
    {
        FileStream file = OpenRead(digest);
        await using ConfiguredAsyncDisposable _ = file.ConfigureAwait(false);
        if (file.Length > OciLimits.MaxDocumentSize)
        {
            throw new InvalidContentException($"The document {digest} is larger than {OciLimits.MaxDocumentSize} bytes.");
        }
        byte[] content = new byte[file.Length];
        await file.ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
        Digest actual = Digest.Compute(content, digest.Algorithm);
        return actual == digest ? content : throw new ContentMismatchException($"blob {digest}", digest.ToString(), actual.ToString());
    }

    /// <summary>Stores a document.</summary>
    /// <returns>Its digest.</returns>
    public async ValueTask<Digest> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        return (await PutAsync(stream, "document", null, null, cancellationToken).ConfigureAwait(false)).Digest;
    }

    /// <summary>Stores what a stream delivers, when it is what was expected.</summary>
    /// <param name="content">Read to its end; stays owned by the caller.</param>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="expected">The digest, or null to take what comes.</param>
    /// <param name="expectedSize">The size in bytes, or null.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing.</param>
    /// <returns>Digest (sha256 unless another was expected) and size.</returns>
    /// <exception cref="ContentMismatchException">Digest or size is another.</exception>
    public async ValueTask<(Digest Digest, long Size)> PutAsync(
        Stream content, string what, Digest? expected, long? expectedSize, CancellationToken cancellationToken)
    {
        using StagingArea staging = StagingArea.Create(root, new SquashedOwnership());
        string staged = Path.Combine(staging.Path, StagedName);
        using var hasher = new DigestHasher(expected?.Algorithm ?? Digest.Sha256);
        using (SafeFileHandle file = File.OpenHandle(staged, FileMode.CreateNew, FileAccess.Write))
        {
            await CopyAsync(content, file, hasher, what, expectedSize, cancellationToken).ConfigureAwait(false);
            Verify(hasher, what, expected, expectedSize);
            RandomAccess.FlushToDisk(file);
        }
        Publish(staged, hasher.GetCurrentDigest());
        return (hasher.GetCurrentDigest(), hasher.Length);
    }

    /// <summary>Takes a finished file in the data root as a blob, when it is what was expected; it is moved, not copied.</summary>
    /// <exception cref="ContentMismatchException">Digest or size is another.</exception>
    public async ValueTask<(Digest Digest, long Size)> AdoptAsync(
        string path, string what, Digest? expected, long? expectedSize, CancellationToken cancellationToken)
    {
        using var hasher = new DigestHasher(expected?.Algorithm ?? Digest.Sha256);
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                while (await RandomAccess.ReadAsync(file, buffer, hasher.Length, cancellationToken).ConfigureAwait(false) is var read and > 0)
                {
                    hasher.Append(buffer.AsSpan(0, read));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
            Verify(hasher, what, expected, expectedSize);
            RandomAccess.FlushToDisk(file);
        }
        Publish(path, hasher.GetCurrentDigest());
        return (hasher.GetCurrentDigest(), hasher.Length);
    }

    /// <summary>Removes a blob, if it is there.</summary>
    public void Remove(Digest digest) => File.Delete(root.BlobPath(digest));

    /// <summary>All blobs. Files that are none are left out.</summary>
    public IEnumerable<Digest> List()
    {
        foreach (string directory in Directory.EnumerateDirectories(root.BlobsDirectory))
        {
            foreach (string file in Directory.EnumerateFiles(directory))
            {
                if (Digest.TryParse($"{Path.GetFileName(directory)}:{Path.GetFileName(file)}", out Digest digest))
                {
                    yield return digest;
                }
            }
        }
    }

    private static async ValueTask CopyAsync(
        Stream content, SafeFileHandle file, DigestHasher hasher, string what, long? expectedSize, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
            {
                RandomAccess.Write(file, buffer.AsSpan(0, read), hasher.Length);
                hasher.Append(buffer.AsSpan(0, read));
                if (hasher.Length > expectedSize)
                {
                    // Whatever else comes would only fill the disk.
                    throw new ContentMismatchException(what, $"{expectedSize} bytes", $"at least {hasher.Length} bytes");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Verify(DigestHasher hasher, string what, Digest? expected, long? expectedSize)
    {
        if (expectedSize is { } size && hasher.Length != size)
        {
            throw new ContentMismatchException(what, $"{size} bytes", $"{hasher.Length} bytes");
        }
        if (expected is { } digest && hasher.GetCurrentDigest() is var actual && actual != digest)
        {
            throw new ContentMismatchException(what, digest.ToString(), actual.ToString());
        }
    }

    private void Publish(string staged, Digest digest)
    {
        Directory.CreateDirectory(root.BlobDirectory(digest.Algorithm));
        AtomicFile.Publish(staged, root.BlobPath(digest), replace: true);
    }

    private static NotFoundException Missing(Digest digest) => new($"There is no blob {digest}.");
}
