using System.Buffers;
using System.Security.Cryptography;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Builds.Execution;

/// <summary>Writes regular files to a layer's archive, and hashes what was really read.</summary>
internal static class LayerFileWriter
{
    private const int BufferSize = 256 * 1024;

    /// <summary>Writes a file.</summary>
    /// <param name="writer">The archive.</param>
    /// <param name="entry">What the archive says of it; the size is that of <paramref name="status"/>.</param>
    /// <param name="file">Open for reading.</param>
    /// <param name="status">Its attributes, taken after it was opened.</param>
    /// <param name="cancellationToken">Stops in the middle.</param>
    /// <returns>The SHA-256 of the content.</returns>
    /// <exception cref="InvalidContentException">The file became shorter.</exception>
    public static async ValueTask<byte[]> WriteAsync(TarWriter writer, TarEntry entry, SafeFileHandle file, FileStatus status, CancellationToken cancellationToken)
    {
        IReadOnlyList<TarExtent>? extents = status.AllocatedSize < status.Size ? SparseScan.Find(file, status.Size) : null;
        await writer.WriteEntryAsync(entry with { Extents = extents }, cancellationToken).ConfigureAwait(false);
        using IncrementalHash hash = CopyDigest.BeginContent();
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferSize, Math.Max(4096, status.Size)));
        try
        {
            long position = 0;
            foreach (TarExtent extent in extents ?? [new TarExtent(0, status.Size)])
            {
                HashZeros(hash, extent.Offset - position);
                for (long done = 0; done < extent.Length;)
                {
                    int wanted = (int)Math.Min(buffer.Length, extent.Length - done);
                    int read = RandomAccess.Read(file, buffer.AsSpan(0, wanted), extent.Offset + done);
                    if (read == 0)
                    {
                        throw new InvalidContentException($"{FileName.Display(entry.Name)} became shorter while it was copied: nothing may change a context while it is built.");
                    }
                    hash.AppendData(buffer, 0, read);
                    await writer.WriteDataAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    done += read;
                }
                position = extent.Offset + extent.Length;
            }
            HashZeros(hash, status.Size - position);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return hash.GetHashAndReset();
    }

    private static void HashZeros(IncrementalHash hash, long count)
    {
        if (count <= 0)
        {
            return;
        }
        byte[] zeros = new byte[(int)Math.Min(BufferSize, count)];
        for (long done = 0; done < count; done += zeros.Length)
        {
            hash.AppendData(zeros, 0, (int)Math.Min(zeros.Length, count - done));
        }
    }
}
