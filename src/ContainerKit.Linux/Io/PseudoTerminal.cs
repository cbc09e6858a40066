using System.IO.Pipelines;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Io;

/// <summary>Our side of a pseudo-terminal, pty(7): what the program shows comes out of <see cref="Output"/>, keys go into <see cref="Input"/>.</summary>
/// <remarks>
/// A terminal has no half-close: completing <see cref="Input"/> sends nothing; a program that reads lines takes the character 4 (Ctrl-D) at
/// the start of a line as the end. <see cref="Dispose"/> hangs up: the terminal's session gets SIGHUP.
/// </remarks>
public sealed class PseudoTerminal : IDisposable
{
    private readonly FileDescriptor _master;

    /// <summary>Takes over a master descriptor.</summary>
    /// <param name="master">The master; owned by this object from now on, also when this throws.</param>
    /// <exception cref="LinuxException">The descriptor is no pty master (ENOTTY), or there are too many open files (EMFILE).</exception>
    public PseudoTerminal(FileDescriptor master)
    {
        ArgumentNullException.ThrowIfNull(master);
        _master = master;
        FileDescriptor? second = null;
        try
        {
            if (!IsMaster(master))
            {
                throw new LinuxException("ioctl TIOCGPTN", Errno.ENOTTY);
            }

            // epoll(7) knows a descriptor number once, with one set of events: the two directions need two numbers.
            second = master.Duplicate();
            Input = FdPipe.OpenWriter(second);
            Output = FdPipe.OpenReader(master, new FdPipeOptions { LeaveOpen = true });
        }
        catch
        {
            second?.Dispose();
            master.Dispose();
            throw;
        }
    }

    /// <summary>What the terminal shows; completes when the last process has closed it.</summary>
    public PipeReader Output { get; }

    /// <summary>What is typed.</summary>
    public PipeWriter Input { get; }

    /// <summary>The terminal's size.</summary>
    /// <returns>The size in characters; 0 where nobody has set it.</returns>
    /// <exception cref="ObjectDisposedException">Disposed.</exception>
    public TerminalSize GetSize() => Terminal.GetSize(_master);

    /// <summary>Sets the terminal's size; its foreground processes get SIGWINCH when it changed.</summary>
    /// <param name="rows">Height in characters, 0 to 65,535.</param>
    /// <param name="columns">Width in characters, 0 to 65,535.</param>
    /// <exception cref="ObjectDisposedException">Disposed.</exception>
    public void Resize(int rows, int columns) => Terminal.SetSize(_master, new TerminalSize(rows, columns));

    /// <summary>Completes both directions and hangs up. Input that was not flushed is dropped. Idempotent.</summary>
    public void Dispose()
    {
        Input.Complete(new ObjectDisposedException(nameof(PseudoTerminal)));
        Output.Complete();
        _master.Dispose();
    }

    /// <summary>True for a pty master: only a master has a number to tell, ioctl_tty(2) TIOCGPTN.</summary>
    internal static unsafe bool IsMaster(FileDescriptor descriptor)
    {
        uint number;
        return LibC.ioctl_uint(descriptor, LibC.TiocGPtn, &number) == 0;
    }
}
