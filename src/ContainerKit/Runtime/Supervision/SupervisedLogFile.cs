using ContainerKit.Linux.Launching;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Runtime.Supervision;

/// <summary>Opens the log that a supervisor goes on with.</summary>
internal static class SupervisedLogFile
{
    /// <summary>The file, made where there is none, and its length.</summary>
    internal static (SafeFileHandle File, long Length) Open(string path)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            return (file, Cut(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A supervisor that was killed may have left half a frame; what is behind it could not be read.</summary>
    private static long Cut(SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        long end = 0;
        Span<byte> header = stackalloc byte[SupervisedLog.HeaderLength];
        while (RandomAccess.Read(file, header, end) == header.Length && SupervisedLog.TryParse(header, out _, out int data, out _) && end + header.Length + data <= length)
        {
            end += header.Length + data;
        }

        if (end < length)
        {
            RandomAccess.SetLength(file, end);
        }

        return end;
    }
}
