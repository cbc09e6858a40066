using System.Globalization;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;

namespace ContainerKit.Linux.Tests.Io;

/// <summary>A pseudo-terminal of this machine's /dev/pts, pty(7).</summary>
internal sealed class TerminalPair : IDisposable
{
    private const uint TiocSPtLck = 0x40045431;

    private TerminalPair(FileDescriptor master, FileDescriptor slave) => (Master, Slave) = (master, slave);

    internal FileDescriptor Master { get; }

    internal FileDescriptor Slave { get; }

    internal static unsafe TerminalPair Open()
    {
        const int Flags = LibC.ORdWr | LibC.OCloExec | LibC.ONoCtty;
        var master = new FileDescriptor(LinuxException.ThrowIfFailed(LibC.open("/dev/ptmx", Flags, 0), "open"), ownsDescriptor: true);
        uint unlocked = 0;
        uint number;
        LinuxException.ThrowIfFailed(LibC.ioctl_uint(master, TiocSPtLck, &unlocked), "TIOCSPTLCK");
        LinuxException.ThrowIfFailed(LibC.ioctl_uint(master, LibC.TiocGPtn, &number), "TIOCGPTN");
        string path = string.Create(CultureInfo.InvariantCulture, $"/dev/pts/{number}");
        return new TerminalPair(
            master, new FileDescriptor(LinuxException.ThrowIfFailed(LibC.open(path, Flags, 0), "open", path), ownsDescriptor: true));
    }

    public void Dispose()
    {
        Master.Dispose();
        Slave.Dispose();
    }

    internal PseudoTerminal TakeMaster() => new(Master);
}
