using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Launching;

/// <summary>
/// The file by which the supervisor of a detached container tells whoever comes later what became of it. The supervisor has mapped it, so what
/// it writes is there however it ends, and holds a lock on it for as long as it lives.
/// </summary>
public sealed record SupervisionRecord
{
    internal const int Length = 4096;
    internal const int SupervisorPidOffset = 8;
    internal const int ContainerPidOffset = 16;
    internal const int HasEndedOffset = 24;
    internal const int StatusOffset = 32;
    internal const int StartedAtOffset = 40;
    internal const int FinishedAtOffset = 56;
    internal const int IsCompleteOffset = 72;
    internal const int LogLengthOffset = 80;
    internal const int LogStartOffset = 88;
    internal const int OutOfMemoryOffset = 512;
    internal const int OutOfMemoryLength = 1024;

    private const long Version = 0x31_50_55_53_4B_43; // "CKSUP1"

    private SupervisionRecord()
    {
    }

    /// <summary>The supervisor's pid; 0 when it has not begun yet.</summary>
    public int SupervisorPid { get; private init; }

    /// <summary>The pid of the container's first process; 0 when there is none yet.</summary>
    public int ContainerPid { get; private init; }

    /// <summary>When the supervisor began.</summary>
    public DateTimeOffset StartedAt { get; private init; }

    /// <summary>When the container's first process had ended; null before, and when the supervisor did not see that.</summary>
    public DateTimeOffset? FinishedAt { get; private init; }

    /// <summary>How it ended; null before.</summary>
    public ProcessExit? Exit { get; private init; }

    /// <summary>How many of the container's processes the kernel had killed for want of memory at the end.</summary>
    public long OutOfMemoryKills { get; private init; }

    /// <summary>The length of the present log file; a frame ends there.</summary>
    public long LogLength { get; private init; }

    /// <summary>The length that the log file had before this run.</summary>
    public long LogStart { get; private init; }

    /// <summary>True: the supervisor did everything that it had to; its log ends with a whole frame.</summary>
    public bool IsComplete { get; private init; }

    /// <summary>Makes the file, in place of an earlier one, and locks it.</summary>
    /// <param name="path">The file.</param>
    /// <returns>
    /// The descriptor to pass to the supervisor; the caller closes its own. The lock belongs to both, and goes when the last one is closed.
    /// </returns>
    /// <exception cref="LinuxException">The file can't be made.</exception>
    public static SafeFileHandle Create(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        File.Delete(path);
        SafeFileHandle descriptor = Open(path, LibC.ORdWr | LibC.OCreat) ?? throw new LinuxException("open", Errno.ENOENT, path);
        try
        {
            LinuxException.ThrowIfFailed(LibC.flock(descriptor, LibC.LockEx | LibC.LockNb), "flock", path);
            byte[] content = new byte[Length];
            BinaryPrimitives.WriteInt64LittleEndian(content, Version);
            RandomAccess.Write(descriptor, content, 0);
            return descriptor;
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>What it says; null when there is none, or not a whole one.</returns>
    public static SupervisionRecord? TryRead(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] content = new byte[Length];
        using SafeFileHandle? file = Open(path, LibC.ORdOnly);
        if (file is null || RandomAccess.Read(file, content, 0) != Length || Number(content, 0) != Version)
        {
            return null;
        }

        bool ended = Number(content, HasEndedOffset) == 1;
        return new SupervisionRecord
        {
            SupervisorPid = (int)Number(content, SupervisorPidOffset),
            ContainerPid = (int)Number(content, ContainerPidOffset),
            StartedAt = Time(content, StartedAtOffset),
            FinishedAt = ended ? Time(content, FinishedAtOffset) : null,
            Exit = ended ? Decode((int)Number(content, StatusOffset)) : null,
            OutOfMemoryKills = ReadKills(content.AsSpan(OutOfMemoryOffset, OutOfMemoryLength)),
            LogLength = Number(content, LogLengthOffset),
            LogStart = Number(content, LogStartOffset),
            IsComplete = Number(content, IsCompleteOffset) == 1,
        };
    }

    /// <summary>Whether the supervisor lives, or is just being started.</summary>
    /// <param name="path">The file.</param>
    /// <returns>False when there is no such file.</returns>
    public static bool IsSupervised(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        // Shared: two that ask at the same time don't take each other for the supervisor.
        using FileLock? free = FileLock.TryAcquire(path, FileLockMode.Shared);
        return free is null;
    }

    /// <summary>Not by File: that takes a lock of its own, and is refused by the supervisor's. Null where there is no such file.</summary>
    private static SafeFileHandle? Open(string path, int flags)
    {
        int number = LibC.open(path, flags | LibC.OCloExec | LibC.ONoFollow, Convert.ToUInt32("600", 8));
        if (number >= 0)
        {
            return new SafeFileHandle(number, ownsHandle: true);
        }

        LinuxException failure = LinuxException.FromLastError("open", path);
        return failure.Errno == Errno.ENOENT ? null : throw failure;
    }

    private static long Number(byte[] content, int offset) => BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(offset));

    private static DateTimeOffset Time(byte[] content, int offset)
        => DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(Number(content, offset), 0, 1L << 36)).AddTicks(Math.Clamp(Number(content, offset + 8), 0, 999_999_999) / 100);

    /// <summary>wait(2): bits 0 to 6 are the signal, bit 7 tells of a core dump, bits 8 to 15 are the exit code.</summary>
    private static ProcessExit Decode(int status)
        => (status & 0x7F) == 0 ? new ProcessExit((status >> 8) & 0xFF, Signal: null, CoreDumped: false) : new ProcessExit(ExitCode: null, status & 0x7F, (status & 0x80) != 0);

    private static long ReadKills(ReadOnlySpan<byte> text)
    {
        foreach (string line in Encoding.ASCII.GetString(text).TrimEnd('\0').Split('\n'))
        {
            if (line.StartsWith("oom_kill ", StringComparison.Ordinal) && long.TryParse(line.AsSpan(9), NumberStyles.None, CultureInfo.InvariantCulture, out long kills))
            {
                return kills;
            }
        }

        return 0;
    }
}
