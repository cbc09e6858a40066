using System.Buffers.Binary;
using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Paths;

/// <content>Reading the entries.</content>
public sealed partial class RootedDirectory
{
    /// <summary>The names of the entries without <c>.</c> and <c>..</c>, in no order, read in batches while being enumerated, getdents64(2).</summary>
    public IEnumerable<byte[]> EnumerateEntries()
    {
        const int bufferSize = 32 * 1024;
        using SafeFileHandle readable = OpenCore("."u8, LibC.OReadOnly | LibC.ODirectory, 0, PathResolution.NoSymbolicLinks, throwOnError: true)!;
        byte[] buffer = new byte[bufferSize];
        while (ReadEntries(readable, buffer) is var length and > 0)
        {
            for (int offset = 0; offset < length;)
            {
                int recordLength = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(offset + 16));
                byte[]? name = ParseName(buffer.AsSpan(offset, recordLength));
                offset += recordLength;
                if (name is not null)
                {
                    yield return name;
                }
            }
        }
    }

    private static unsafe int ReadEntries(SafeFileHandle directory, byte[] buffer)
    {
        fixed (byte* start = buffer)
        {
            return LinuxException.ThrowIfFailed(LibC.getdents64(directory, start, (nuint)buffer.Length), "getdents64");
        }
    }

    /// <summary>struct linux_dirent64: inode (8), offset (8), record length (2), type (1), name up to a NUL.</summary>
    private static byte[]? ParseName(ReadOnlySpan<byte> record)
    {
        const int nameOffset = 19;
        ReadOnlySpan<byte> name = record[nameOffset..];
        name = name[..name.IndexOf((byte)0)];
        return name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) ? null : name.ToArray();
    }
}
