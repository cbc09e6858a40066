using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Io;

/// <summary>Settings of a terminal that are put back on Dispose, or at the latest when this process exits in an orderly way.</summary>
public sealed class TerminalMode : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileDescriptor _terminal;
    private readonly byte[] _saved;
    private bool _restored;

    private TerminalMode(FileDescriptor terminal, byte[] saved)
    {
        (_terminal, _saved) = (terminal, saved);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <summary>
    /// Makes a terminal pass every key on as it is, without echo, line editing and signals, cfmakeraw(3): for our own terminal while it is
    /// connected to one in a container.
    /// </summary>
    /// <param name="terminal">The terminal, mostly <see cref="FileDescriptor.StandardInput"/>. Not owned; open until Dispose.</param>
    /// <returns>Dispose it to put the former settings back.</returns>
    /// <exception cref="LinuxException">The descriptor is no terminal (ENOTTY).</exception>
    public static unsafe TerminalMode EnterRaw(FileDescriptor terminal)
    {
        ArgumentNullException.ThrowIfNull(terminal);
        byte[] saved = new byte[LibC.TermiosSize];
        fixed (byte* settings = saved)
        {
            LinuxException.ThrowIfFailed(LibC.tcgetattr(terminal, settings), "tcgetattr");
        }

        byte* raw = stackalloc byte[LibC.TermiosSize];
        saved.CopyTo(new Span<byte>(raw, LibC.TermiosSize));
        LibC.cfmakeraw(raw);
        LinuxException.ThrowIfFailed(LibC.tcsetattr(terminal, LibC.TcsaNow, raw), "tcsetattr");
        return new TerminalMode(terminal, saved);
    }

    /// <summary>Puts the former settings back. Idempotent.</summary>
    /// <exception cref="LinuxException">The terminal is gone (EIO).</exception>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        LinuxException.ThrowIfFailed(Restore(), "tcsetattr");
    }

    private void OnProcessExit(object? sender, EventArgs e)
    {
        if (!_terminal.IsClosed)
        {
            // Nobody is left to tell about a terminal that is gone.
            Restore();
        }
    }

    private unsafe int Restore()
    {
        lock (_gate)
        {
            if (_restored)
            {
                return 0;
            }

            _restored = true;
            fixed (byte* settings = _saved)
            {
                return LibC.tcsetattr(_terminal, LibC.TcsaNow, settings);
            }
        }
    }
}
