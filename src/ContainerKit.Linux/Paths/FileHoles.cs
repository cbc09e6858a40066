using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Paths;

/// <summary>Where a file has data and where it has holes, lseek(2).</summary>
public static class FileHoles
{
    private const int SeekData = 3;
    private const int SeekHole = 4;

    /// <summary>The stretches that the file system has data for, ascending; a file system without holes has one.</summary>
    /// <param name="file">A regular file, whose position is moved; stays owned by the caller.</param>
    /// <param name="length">Its length: what is behind is left out.</param>
    /// <exception cref="LinuxException">The file can't be read.</exception>
    public static IEnumerable<FileExtent> EnumerateData(SafeFileHandle file, long length)
    {
        ArgumentNullException.ThrowIfNull(file);
        for (long position = 0; position < length;)
        {
            long data = Seek(file, position, SeekData);
            if (data < 0 || data >= length)
            {
                yield break;
            }
            long hole = Seek(file, data, SeekHole);
            position = hole < 0 || hole > length ? length : hole;
            yield return new FileExtent(data, position - data);
        }
    }

    /// <summary>The next place, or -1 when there is none.</summary>
    private static long Seek(SafeFileHandle file, long offset, int whence)
    {
        long result = LibC.lseek(file, offset, whence);
        if (result >= 0)
        {
            return result;
        }
        var error = (Errno)Marshal.GetLastPInvokeError();
        return error == Errno.ENXIO ? -1 : throw new LinuxException("lseek", error);
    }
}
