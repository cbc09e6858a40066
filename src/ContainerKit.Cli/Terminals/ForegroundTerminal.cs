using System.Runtime.InteropServices;
using ContainerKit.Cli.Session;
using ContainerKit.Linux;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;

namespace ContainerKit.Cli.Terminals;

/// <summary>
/// This process's terminal while it is that of a container or of a command in it: keys are passed on as they are, and its size follows. Without a
/// terminal, signals of this process go where the work is.
/// </summary>
internal sealed class ForegroundTerminal : IDisposable
{
    /// <summary>So many times ctrl-c means: whatever runs there does not listen.</summary>
    private const int PatienceOfUsers = 3;

    private readonly TerminalMode? _mode;
    private readonly PosixSignalRegistration? _resized;
    private readonly ProcessSignals? _signals;
    private int _interrupts;

    /// <param name="signals">The signals of this process.</param>
    /// <param name="raw">True: there is a terminal at the other end, and its keys come from here.</param>
    /// <param name="resize">Gets the terminal's size, now and when it changes; null when there is none at the other end.</param>
    /// <param name="signal">Gets the signals of this process; null: they have their usual effect.</param>
    public ForegroundTerminal(ProcessSignals signals, bool raw, Func<TerminalSize, Task>? resize, Func<string, Task>? signal)
    {
        if (raw && HasInputTerminal)
            _mode = TerminalMode.EnterRaw(FileDescriptor.StandardInput);
        if (resize is not null && Size is not null)
        {
            _resized = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Resize(resize));
            Resize(resize);
        }

        if (signal is null)
            return;
        _signals = signals;
        signals.Forward(posix =>
        {
            if (posix is PosixSignal.SIGINT or PosixSignal.SIGTERM && ++_interrupts > PatienceOfUsers)
                return false;
            Forget(signal(SignalNames.Of(posix)));
            return true;
        });
    }

    /// <summary>The size of this process's terminal; null without one.</summary>
    public static TerminalSize? Size
    {
        get
        {
            if (!Terminal.IsTerminal(FileDescriptor.StandardOutput))
                return null;
            ContainerKit.Linux.Io.TerminalSize size = Terminal.GetSize(FileDescriptor.StandardOutput);
            return size.Rows > 0 && size.Columns > 0 ? new TerminalSize(size.Rows, size.Columns) : null;
        }
    }

    public static bool HasInputTerminal => Terminal.IsTerminal(FileDescriptor.StandardInput);

    public void Dispose()
    {
        _signals?.Forward(null);
        _resized?.Dispose();
        _mode?.Dispose();
    }

    private static void Resize(Func<TerminalSize, Task> resize)
    {
        try
        {
            if (Size is { } size)
                Forget(resize(size));
        }
        catch (LinuxException)
        {
            // The terminal was hung up: there is nothing to follow any more.
        }
    }

    /// <summary>What fails here fails because the other end is gone, which is seen elsewhere.</summary>
    private static void Forget(Task task) => task.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
