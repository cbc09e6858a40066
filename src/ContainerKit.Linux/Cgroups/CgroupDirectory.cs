using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Cgroups;

/// <summary>A directory of a cgroup file system and the small files in it.</summary>
/// <remarks>Files are written with one write(2) each, as the kernel wants, and errors carry the kernel's number.</remarks>
internal sealed record CgroupDirectory(string Path, CgroupVersion Version)
{
    /// <summary>A listing of processes is bounded by the number of pids, 4 million of 8 bytes.</summary>
    private const int MaximumFileLength = 64 << 20;

    internal string File(string name) => $"{Path}/{name}";

    internal CgroupDirectory Child(string name) => new($"{(Path == "/" ? "" : Path)}/{name}", Version);

    internal CgroupDirectory Parent => new(System.IO.Path.GetDirectoryName(Path) ?? Path, Version);

    internal bool Has(string name) => System.IO.File.Exists(File(name));

    internal bool Exists => Directory.Exists(Path);

    /// <summary>access(2) with the real ids: read-only mounts and missing permission both say no.</summary>
    internal bool IsWritable(string? name = null) => LibC.Cgroups.access(name is null ? Path : File(name), LibC.Cgroups.WriteAccess) == 0;

    internal void Make()
    {
        if (LibC.Cgroups.mkdir(Path, 0x1ED) < 0) // 0755
            throw LinuxException.FromLastError("mkdir", Path);
    }

    /// <summary>Makes it unless it exists.</summary>
    internal bool MakeIfMissing()
    {
        if (LibC.Cgroups.mkdir(Path, 0x1ED) == 0)
            return true;

        LinuxException error = LinuxException.FromLastError("mkdir", Path);
        return error.Errno == Errno.EEXIST ? false : throw error;
    }

    /// <summary>rmdir(2); true when it is gone, false while it is busy.</summary>
    internal bool TryRemove()
    {
        if (LibC.Cgroups.rmdir(Path) == 0)
            return true;

        LinuxException error = LinuxException.FromLastError("rmdir", Path);
        return error.Errno switch
        {
            Errno.ENOENT => true,
            Errno.EBUSY or Errno.ENOTEMPTY => false,
            _ => throw error,
        };
    }

    internal SafeFileHandle Open()
    {
        int descriptor = LibC.Cgroups.open(Path, LibC.Cgroups.ReadOnly | LibC.Cgroups.Directory | LibC.Cgroups.CloseOnExec, 0);
        LinuxException.ThrowIfFailed(descriptor, "open", Path);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    internal void Write(string name, long value) => Write(name, value.ToString(CultureInfo.InvariantCulture));

    internal void Write(string name, string value)
    {
        Errno error = TryWrite(name, value);
        if (error != Errno.None)
            throw new LinuxException($"write \"{value}\"", error, File(name));
    }

    internal unsafe Errno TryWrite(string name, string value)
    {
        int descriptor = LibC.Cgroups.open(File(name), LibC.Cgroups.WriteOnly | LibC.Cgroups.CloseOnExec, 0);
        if (descriptor < 0)
            return (Errno)Marshal.GetLastPInvokeError();

        byte[] bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* start = bytes)
        {
            nint written = LibC.Cgroups.write(descriptor, start, (nuint)bytes.Length);
            Errno error = written < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
            LibC.Cgroups.close(descriptor);
            return error;
        }
    }

    internal string Read(string name) => TryRead(name, out string text) is var error and not Errno.None
        ? throw new LinuxException("read", error, File(name))
        : text;

    /// <summary>The file's text, or null where the file or the whole directory does not exist (any more).</summary>
    internal string? ReadIfExists(string name) => TryRead(name, out string text) switch
    {
        Errno.None => text,
        Errno.ENOENT or Errno.ENODEV => null, // ENODEV: removed between open and read
        Errno error => throw new LinuxException("read", error, File(name)),
    };

    /// <summary>As <see cref="ReadIfExists"/>; where pressure is switched off (psi=0, cgroup.pressure) reading fails with EOPNOTSUPP.</summary>
    internal string? ReadPressure(string name) => TryRead(name, out string text) == Errno.None ? text : null;

    internal unsafe Errno TryRead(string name, out string text)
    {
        text = "";
        int descriptor = LibC.Cgroups.open(File(name), LibC.Cgroups.ReadOnly | LibC.Cgroups.CloseOnExec, 0);
        if (descriptor < 0)
            return (Errno)Marshal.GetLastPInvokeError();

        byte[] buffer = new byte[4096];
        int length = 0;
        Errno error = Errno.None;
        while (true)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 4);

            fixed (byte* start = buffer)
            {
                nint count = LibC.Cgroups.read(descriptor, start + length, (nuint)(buffer.Length - length));
                if (count < 0)
                    error = (Errno)Marshal.GetLastPInvokeError();
                if (count <= 0)
                    break;
                length += (int)count;
            }

            if (length > MaximumFileLength)
            {
                error = Errno.EFBIG;
                break;
            }
        }

        LibC.Cgroups.close(descriptor);
        text = Encoding.UTF8.GetString(buffer, 0, length);
        return error;
    }

    /// <summary>A number from a file that holds one; null for "max" and for files that don't exist.</summary>
    internal long? ReadNumber(string name) => ParseNumber(ReadIfExists(name));

    /// <summary>A value of a "flat keyed" file such as memory.events; null where the file or the key does not exist.</summary>
    internal long? ReadKey(string name, string key)
    {
        foreach (string line in (ReadIfExists(name) ?? "").Split('\n'))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space == key.Length && line.StartsWith(key, StringComparison.Ordinal))
                return ParseNumber(line[(space + 1)..]);
        }

        return null;
    }

    /// <summary>The words of a file such as cgroup.controllers.</summary>
    internal string[] ReadWords(string name)
        => (ReadIfExists(name) ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static long? ParseNumber(string? text)
        => long.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value
            // Version 1 counts some values as unsigned: "unlimited" near 2^64 saturates.
            : ulong.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out _) ? long.MaxValue
            : null;
}
