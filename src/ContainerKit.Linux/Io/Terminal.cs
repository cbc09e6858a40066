using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Io;

/// <summary>What can be asked of a terminal, ioctl_tty(2).</summary>
public static class Terminal
{
    /// <summary>True when the descriptor is a terminal, isatty(3).</summary>
    /// <param name="descriptor">Any open descriptor.</param>
    public static unsafe bool IsTerminal(FileDescriptor descriptor)
    {
        byte* settings = stackalloc byte[LibC.TermiosSize];
        return LibC.tcgetattr(descriptor, settings) == 0;
    }

    /// <summary>The size of a terminal, TIOCGWINSZ; 0 where nobody has set it.</summary>
    /// <param name="terminal">Either side of a terminal.</param>
    /// <returns>The size in characters.</returns>
    /// <exception cref="LinuxException">The descriptor is no terminal (ENOTTY).</exception>
    public static unsafe TerminalSize GetSize(FileDescriptor terminal)
    {
        LibC.WinSize size;
        LinuxException.ThrowIfFailed(LibC.ioctl_winsize(terminal, LibC.TiocGWinSz, &size), "ioctl TIOCGWINSZ");
        return new TerminalSize(size.Rows, size.Columns);
    }

    /// <summary>Sets the size of a terminal, TIOCSWINSZ; its foreground processes get SIGWINCH when it changed.</summary>
    /// <param name="terminal">Either side of a terminal.</param>
    /// <param name="size">Rows and columns, 0 to 65,535.</param>
    /// <exception cref="LinuxException">The descriptor is no terminal (ENOTTY).</exception>
    public static unsafe void SetSize(FileDescriptor terminal, TerminalSize size)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual((ushort)size.Rows, size.Rows, nameof(size));
        ArgumentOutOfRangeException.ThrowIfNotEqual((ushort)size.Columns, size.Columns, nameof(size));
        var value = new LibC.WinSize { Rows = (ushort)size.Rows, Columns = (ushort)size.Columns };
        LinuxException.ThrowIfFailed(LibC.ioctl_winsize(terminal, LibC.TiocSWinSz, &value), "ioctl TIOCSWINSZ");
    }
}
