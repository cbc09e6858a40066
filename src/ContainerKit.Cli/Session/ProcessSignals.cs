using System.Runtime.InteropServices;

namespace ContainerKit.Cli.Session;

/// <summary>
/// The signals that ask this process to end. They cancel what it does, or, while a container runs in the foreground, go to that. A second one while
/// it ends has its usual effect: an orderly end that hangs must not need kill -9.
/// </summary>
internal sealed class ProcessSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private Action<PosixSignal>? _forward;

    public ProcessSignals(bool listen)
        => _registrations = listen ? [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT }.Select(signal => PosixSignalRegistration.Create(signal, Handle))] : [];

    /// <summary>Cancelled by the first signal that nobody forwards.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Takes the signals; null gives them back.</summary>
    public void Forward(Action<PosixSignal>? forward) => Volatile.Write(ref _forward, forward);

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (Volatile.Read(ref _forward) is { } forward)
        {
            context.Cancel = true;
            forward(context.Signal);
        }
        else if (!_stop.IsCancellationRequested)
        {
            context.Cancel = true;
            _stop.Cancel();
        }
    }
}
