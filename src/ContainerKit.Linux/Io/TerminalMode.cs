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

    /// <summary>Puts the former settings back; there are none to put back on a terminal that was hung up or closed. Idempotent.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        Restore();
    }

    private void OnProcessExit(object? sender, EventArgs e) => Restore();

    private unsafe void Restore()
    {
        lock (_gate)
        {
            if (_restored || _terminal.IsClosed)
            {
                return;
            }

            _restored = true;
            fixed (byte* settings = _saved)
            {
                // The settings were taken from this terminal, so it can only fail when the terminal is gone (EIO, ENOTTY).
                _ = LibC.tcsetattr(_terminal, LibC.TcsaNow, settings);
            }
        }
    }
}
