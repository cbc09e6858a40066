using System.Buffers;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage.Packing;

/// <summary>
/// Finds where a sparse file has data. What the file system allocated is only where to look: blocks of zeros are holes too, so that the
/// result depends on the content alone and two copies of a file give the same archive.
/// </summary>
internal static class SparseScan
{
    private const int BlockSize = 4096;
    private const int BufferSize = 64 * BlockSize;

    /// <summary>With more, the map costs more than the zeros do after compression.</summary>
    private const int MaxExtents = 10_000;

    /// <summary>The stretches with data, in whole blocks; null where the file had better be packed like any other.</summary>
    public static IReadOnlyList<TarExtent>? Find(SafeFileHandle file, long size)
    {
        var extents = new List<TarExtent>();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long done = 0;
            foreach (FileExtent data in FileHoles.EnumerateData(file, size))
            {
                // Whole blocks, of which the one before may have been the last of the stretch before.
                long start = Math.Max(done, data.Offset & ~(BlockSize - 1L));
                long end = data.Offset + data.Length;
                for (long position = start; position < end; position += BufferSize)
                {
                    int length = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(BufferSize, size - position)), position);
                    AddBlocks(extents, buffer.AsSpan(0, length), position);
                    if (extents.Count > MaxExtents)
                    {
                        return null;
                    }
                    done = position + length;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return extents is [{ Offset: 0 } all] && all.Length == size ? null : extents;
    }

    private static void AddBlocks(List<TarExtent> extents, ReadOnlySpan<byte> content, long offset)
    {
        for (int start = 0; start < content.Length; start += BlockSize)
        {
            ReadOnlySpan<byte> block = content.Slice(start, Math.Min(BlockSize, content.Length - start));
            if (!block.ContainsAnyExcept((byte)0))
            {
                continue;
            }
            long position = offset + start;
            if (extents.Count > 0 && extents[^1].Offset + extents[^1].Length == position)
            {
                extents[^1] = extents[^1] with { Length = extents[^1].Length + block.Length };
            }
            else
            {
                extents.Add(new TarExtent(position, block.Length));
            }
        }
    }
}
