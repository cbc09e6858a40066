using System.Runtime.InteropServices;
using ContainerKit.Cli.Terminals;

namespace ContainerKit.Cli.Session;

/// <summary>
/// The signals that ask this process to end. They cancel what it does, or, while a container runs in the foreground, go to that. A second one while
/// it ends has its usual effect: an orderly end that hangs must not need kill -9.
/// </summary>
internal sealed class ProcessSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly bool _listens;
    private readonly PosixSignalRegistration[] _registrations;
    private PosixSignalRegistration[] _forwarded = [];
    private Func<PosixSignal, bool>? _forward;

    public ProcessSignals(bool listen)
    {
        _listens = listen;
        _registrations = listen ? Register(PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT) : [];
    }

    /// <summary>Cancelled by the first signal that nobody forwards.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Takes the signals, and those that end no orderly program as well; null gives them back.</summary>
    /// <param name="forward">True: it took it. False: the signal has its usual effect.</param>
    public void Forward(Func<PosixSignal, bool>? forward)
    {
        Volatile.Write(ref _forward, forward);
        foreach (PosixSignalRegistration registration in _forwarded)
            registration.Dispose();
        _forwarded = forward is not null && _listens ? Register(SignalNames.User1, SignalNames.User2) : [];
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations.Concat(_forwarded))
            registration.Dispose();
        _stop.Dispose();
    }

    private PosixSignalRegistration[] Register(params IEnumerable<PosixSignal> signals) => [.. signals.Select(signal => PosixSignalRegistration.Create(signal, Handle))];

    private void Handle(PosixSignalContext context)
    {
        if (Volatile.Read(ref _forward) is { } forward)
        {
            context.Cancel = forward(context.Signal);
        }
        else if (!_stop.IsCancellationRequested)
        {
            context.Cancel = true;
            _stop.Cancel();
        }
    }
}
