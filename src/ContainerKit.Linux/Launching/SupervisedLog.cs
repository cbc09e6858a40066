using System.Buffers.Binary;
using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Launching;

/// <summary>
/// A log that a supervisor writes: frames, each what one read of a stream gave. A frame is a header of 24 bytes (two 32-bit numbers: the stream
/// with <see cref="Magic"/>, and the length of the data; two 64-bit numbers: seconds and nanoseconds since 1970) and the data.
/// A frame of stream 0 has no data and stands at the beginning and at the end of each run. All numbers are little-endian.
/// </summary>
/// <param name="Name">The file's name in its directory.</param>
/// <param name="Length">How long it is when the supervisor starts.</param>
/// <param name="MaximumSize">The size from which on a new file is begun; null: never. A file exceeds it by at most two frames.</param>
/// <param name="MaximumFiles">How many files are kept, the present one included: the full ones are <c>name.1</c>, <c>name.2</c>…, the newest first.</param>
public sealed record SupervisedLog(string Name, long Length, long? MaximumSize, int MaximumFiles)
{
    /// <summary>The upper bits of a frame's first number.</summary>
    public const int Magic = 0x464B4300;

    /// <summary>The bytes before a frame's data.</summary>
    public const int HeaderLength = 24;

    /// <summary>The most data of one frame: as much as a pipe usually holds, pipe(7).</summary>
    public const int MaximumData = 65536 - HeaderLength;

    /// <summary>Reads a frame's header.</summary>
    /// <param name="header">At least <see cref="HeaderLength"/> bytes.</param>
    /// <param name="stream">0 for none, 1 for standard output, 2 for standard error.</param>
    /// <param name="length">How many bytes follow.</param>
    /// <param name="time">When they were read.</param>
    /// <returns>False when that is no header.</returns>
    public static bool TryParse(ReadOnlySpan<byte> header, out int stream, out int length, out DateTimeOffset time)
    {
        stream = BinaryPrimitives.ReadInt32LittleEndian(header) - Magic;
        length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        long seconds = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
        long nanoseconds = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
        bool valid = stream is >= 0 and <= 2 && length is >= 0 and <= MaximumData && seconds is >= 0 and < 1L << 37 && nanoseconds is >= 0 and < 1_000_000_000;
        time = valid ? DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddTicks(nanoseconds / 100) : default;
        return valid;
    }

    /// <summary>Opens the directory of a log, for a supervisor that begins new files there.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>Its descriptor; owned by the caller.</returns>
    /// <exception cref="LinuxException">It can't be opened.</exception>
    public static SafeFileHandle OpenDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        int number = LibC.open(path, LibC.ORdOnly | LibC.ODirectory | LibC.OCloExec, 0);
        return new SafeFileHandle(LinuxException.ThrowIfFailed(number, "open", path), ownsHandle: true);
    }
}
