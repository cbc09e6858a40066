using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Exec;

/// <summary>A further command in a container, from its creation until it is forgotten.</summary>
internal sealed class ExecInstance
{
    private readonly Lock _sync = new();
    private bool _started;
    private ExecSession? _session;
    private int? _exitCode;
    private bool _ended;

    internal required string Id { get; init; }

    internal required Container Container { get; init; }

    internal required ExecSpec Spec { get; init; }

    internal required bool AttachStandardInput { get; init; }

    internal required bool AttachStandardOutput { get; init; }

    internal required bool AttachStandardError { get; init; }

    internal required string? DetachKeys { get; init; }

    internal required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    internal DateTimeOffset? EndedAt { get; private set; }

    internal bool IsRunning
    {
        get
        {
            lock (_sync)
                return _session is not null && !_ended;
        }
    }

    internal int? ExitCode
    {
        get
        {
            lock (_sync)
                return _exitCode;
        }
    }

    internal int ProcessId
    {
        get
        {
            lock (_sync)
                return _session is not null && !_ended ? _session.ProcessId : 0;
        }
    }

    /// <summary>Of what is started only once.</summary>
    /// <exception cref="ApiException">It was started already.</exception>
    internal void BeginStart()
    {
        lock (_sync)
        {
            if (_started)
                throw ApiException.Conflict(_ended ? $"exec {Id} has already run" : $"exec {Id} is already running");
            _started = true;
        }
    }

    internal void Started(ExecSession session)
    {
        lock (_sync)
            _session = session;
    }

    internal void Ended(int exitCode, DateTimeOffset time)
    {
        lock (_sync)
        {
            _exitCode = exitCode;
            _ended = true;
            EndedAt = time;
        }
    }

    /// <exception cref="ApiException">It does not run.</exception>
    internal void Resize(TerminalSize size)
    {
        lock (_sync)
        {
            if (_session is null || _ended)
                throw ApiException.Conflict($"exec {Id} is not running");
            _session.Resize(size);
        }
    }

    /// <summary>Ends it with the server.</summary>
    internal void Kill()
    {
        lock (_sync)
        {
            if (_session is not null && !_ended)
                _session.Kill();
        }
    }
}
