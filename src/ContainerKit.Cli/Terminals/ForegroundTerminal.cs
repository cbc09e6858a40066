using System.IO.Pipelines;
using System.Runtime.InteropServices;
using ContainerKit.Cli.Session;
using ContainerKit.Linux;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;

namespace ContainerKit.Cli.Terminals;

/// <summary>
/// This process's input and output, connected to those of a container or of a command in it: the terminal passes every key on, its size follows, signals go
/// where the work is, and the detach keys (ctrl-p ctrl-q) let go of it.
/// </summary>
internal sealed class ForegroundTerminal : IDisposable
{
    private readonly TerminalMode? _mode;
    private readonly PosixSignalRegistration? _resized;
    private readonly ProcessSignals _signals;

    /// <param name="signals">The signals of this process.</param>
    /// <param name="raw">True: keys are passed on as they are, because there is a terminal at the other end.</param>
    /// <param name="resize">Gets the terminal's size, now and when it changes.</param>
    /// <param name="signal">Gets the signals of this process.</param>
    public ForegroundTerminal(ProcessSignals signals, bool raw, Action<ContainerKit.TerminalSize> resize, Action<PosixSignal> signal)
    {
        _signals = signals;
        if (raw && Terminal.IsTerminal(FileDescriptor.StandardInput))
        {
            _mode = TerminalMode.EnterRaw(FileDescriptor.StandardInput);
            _resized = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Resize(resize));
            Resize(resize);
        }

        signals.Forward(signal);
    }

    /// <summary>The size of this process's terminal; null without one.</summary>
    public static ContainerKit.TerminalSize? Size
    {
        get
        {
            if (!Terminal.IsTerminal(FileDescriptor.StandardOutput))
                return null;
            ContainerKit.Linux.Io.TerminalSize size = Terminal.GetSize(FileDescriptor.StandardOutput);
            return size.Rows > 0 && size.Columns > 0 ? new ContainerKit.TerminalSize(size.Rows, size.Columns) : null;
        }
    }

    public static bool HasInputTerminal => Terminal.IsTerminal(FileDescriptor.StandardInput);

    /// <summary>Copies this process's input until it ends, which is passed on, or until the detach keys.</summary>
    /// <returns>True: the detach keys were pressed.</returns>
    public static async Task<bool> CopyInputAsync(PipeWriter input, bool detachable, CancellationToken cancellationToken)
    {
        var keys = new DetachKeys();
        byte[] buffer = new byte[4096];
        Stream own = Console.OpenStandardInput();
        await using (own.ConfigureAwait(false))
        {
            while (await own.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
            {
                byte[] pressed = detachable ? keys.Filter(buffer.AsSpan(0, count)) : buffer[..count];
                if (pressed.Length > 0 && (await input.WriteAsync(pressed, cancellationToken).ConfigureAwait(false)).IsCompleted)
                    return false;
                if (detachable && keys.ArePressed)
                    return true;
            }
        }

        await input.CompleteAsync().ConfigureAwait(false);
        return false;
    }

    /// <summary>Copies output as it comes.</summary>
    public static async Task CopyOutputAsync(PipeReader? output, Stream own)
    {
        if (output is null)
            return;
        while (true)
        {
            ReadResult result = await output.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
                await own.WriteAsync(segment, CancellationToken.None).ConfigureAwait(false);
            await own.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            output.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return;
        }
    }

    public void Dispose()
    {
        _signals.Forward(null);
        _resized?.Dispose();
        _mode?.Dispose();
    }

    private static void Resize(Action<ContainerKit.TerminalSize> resize)
    {
        try
        {
            if (Size is { } size)
                resize(size);
        }
        catch (LinuxException)
        {
            // The terminal was hung up: there is nothing to follow any more.
        }
    }
}
