using System.Collections.Concurrent;
using System.Security.Cryptography;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Exec;

/// <summary>The further commands of a server, by id.</summary>
internal sealed class ExecRegistry(TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long the exit code of one that has ended can be asked for; Docker's time.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromMinutes(5);

    /// <summary>More than anybody runs at once; what is created and never started must not pile up.</summary>
    private const int Capacity = 16384;

    /// <summary>Looking for what can be forgotten means looking at all of them.</summary>
    private static readonly TimeSpan ForgetInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, ExecInstance> _execs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ExecInstance> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> _running = new();
    private long _forgotten;

    internal TimeProvider Time => time;

    internal static string CreateId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    internal void Add(ExecInstance exec)
    {
        if (time.GetElapsedTime(Volatile.Read(ref _forgotten)) >= ForgetInterval)
            Forget();
        if (_execs.Count >= Capacity)
            Forget();
        if (_execs.Count >= Capacity)
            throw new ApiException(Microsoft.AspNetCore.Http.StatusCodes.Status503ServiceUnavailable, $"There are {Capacity} execs already. Start them, or wait for their ends.");
        _execs[exec.Id] = exec;
    }

    /// <exception cref="ApiException">There is none.</exception>
    internal ExecInstance Get(string id) => _execs.TryGetValue(id, out ExecInstance? exec) ? exec : throw ApiException.NotFound($"No such exec instance: {id}");

    /// <summary>The ids of those that run in a container; null for none, as Docker has it.</summary>
    internal IReadOnlyList<string>? FindRunning(string containerId)
    {
        List<string>? ids = null;
        foreach ((string id, ExecInstance exec) in _sessions)
        {
            if (exec.Container.Id == containerId)
                (ids ??= []).Add(id);
        }

        return ids;
    }

    /// <summary>The command runs.</summary>
    internal void Started(ExecInstance exec, ExecSession session)
    {
        exec.Started(session);
        _sessions[exec.Id] = exec;
    }

    /// <summary>The command has ended, or could not be started.</summary>
    internal void Ended(ExecInstance exec, int exitCode)
    {
        exec.Ended(exitCode, time.GetUtcNow());
        _sessions.TryRemove(exec.Id, out _);
    }

    /// <summary>Keeps track of what goes on without a request.</summary>
    internal void Track(Task run)
    {
        _running[run] = 0;
        _ = run.ContinueWith(static (done, state) => ((ConcurrentDictionary<Task, byte>)state!).TryRemove(done, out _), _running, TaskScheduler.Default);
    }

    /// <summary>Ends everything that still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (ExecInstance exec in _execs.Values)
            exec.Kill();
        await Task.WhenAll(_running.Keys).ConfigureAwait(false);
    }

    private void Forget()
    {
        Volatile.Write(ref _forgotten, time.GetTimestamp());
        DateTimeOffset now = time.GetUtcNow();
        foreach ((string id, ExecInstance exec) in _execs)
        {
            if ((exec.EndedAt is { } ended && now - ended > Retention) || (!exec.IsRunning && exec.EndedAt is null && now - exec.CreatedAt > TimeSpan.FromHours(1)))
                _execs.TryRemove(id, out _);
        }
    }
}
