using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage.Unpacking;

/// <summary>
/// Writes a file that is new, and leaves a hole where there is nothing but zeros: archives of images hold sparse files with all their zeros
/// (other engines can't give an image back that has them otherwise), and a disk need not.
/// </summary>
internal static class SparseWrite
{
    /// <summary>Stretches of zeros that begin and end at multiples of it become holes: small ones would cost more in extents than in blocks.</summary>
    private const int Granule = 16 * 1024;

    /// <summary>Writes a piece.</summary>
    /// <returns>Where the file ends now: less than the end of the piece when that is a hole.</returns>
    public static long Write(SafeFileHandle file, ReadOnlySpan<byte> content, long offset)
    {
        int start = 0;
        int position = (int)(-offset & (Granule - 1));
        for (; position <= content.Length - Granule; position += Granule)
        {
            if (!content.Slice(position, Granule).ContainsAnyExcept((byte)0))
            {
                WriteDense(file, content[start..position], offset + start);
                start = position + Granule;
            }
        }
        WriteDense(file, content[start..], offset + start);
        return start < content.Length ? offset + content.Length : 0;
    }

    /// <summary>Gives the file its size, where holes are at its end.</summary>
    /// <param name="file">The file.</param>
    /// <param name="end">The highest end of what was written.</param>
    /// <param name="size">The size.</param>
    public static void Complete(SafeFileHandle file, long end, long size)
    {
        if (end < size)
        {
            RandomAccess.SetLength(file, size);
        }
    }

    private static void WriteDense(SafeFileHandle file, ReadOnlySpan<byte> content, long offset)
    {
        if (content.Length > 0)
        {
            RandomAccess.Write(file, content, offset);
        }
    }
}
