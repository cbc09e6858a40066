using ContainerKit.Containers;
using ContainerKit.Containers.Exec;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.Streams;

namespace ContainerKit;

/// <summary>
/// A handle to a container. One from <see cref="ContainerCollection.StartAsync"/> owns it: disposing stops and removes the container. Other
/// handles own
/// nothing. All members can be called from several threads.
/// </summary>
/// <remarks>
/// A container that another engine process runs can be looked at, waited for and its log read; what would change it throws
/// <see cref="ConflictException"/> with that process's id. After removal members throw <see cref="NotFoundException"/>.
/// </remarks>
public sealed partial class Container : IAsyncDisposable
{
    /// <summary>How long a stop on disposal waits for a command that handles the stop signal.</summary>
    private static readonly TimeSpan DisposeGrace = TimeSpan.FromSeconds(1);

    private readonly ContainerInstance _instance;
    private readonly bool _owns;
    private int _disposed;

    internal Container(ContainerInstance instance, bool owns)
    {
        _instance = instance;
        _owns = owns;
    }

    /// <summary>64 hexadecimal digits, unique.</summary>
    public string Id => _instance.Config.Id;

    /// <summary>The first 12 digits of <see cref="Id"/>.</summary>
    public string ShortId => _instance.Config.ShortId;

    /// <summary>The name, unique in the data root.</summary>
    public string Name => _instance.Config.Name;

    /// <summary>The spec that it was created from.</summary>
    public ContainerSpec Spec => _instance.Config.Spec;

    /// <summary>The id of the image that the spec's name stood for when the container was created.</summary>
    public string ImageId => _instance.Config.Image.Id;

    /// <summary>Starts the container; one that has ended starts again with the files that it left.</summary>
    /// <exception cref="InvalidStateException">It runs already.</exception>
    /// <exception cref="ContainerStartException">A step failed. The container stays, with exit code and reason, unless it removes
    /// itself.</exception>
    /// <exception cref="UnsupportedException">The spec asks for what this machine or user can't do.</exception>
    /// <exception cref="WaitFailedException">It was not ready as <see cref="ContainerSpec.Readiness"/> says. It stays as it is, running or not.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the container is as before, or runs when it was about to become ready.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default)
        => Spec.Readiness is { } readiness ? StartAndWaitAsync(readiness, cancellationToken) : _instance.StartAsync(cancellationToken);

    /// <summary>Sends the stop signal, waits, and kills what has not ended by then. Does nothing when the container does not run.</summary>
    /// <param name="timeout">How long to wait; null: the spec's <see cref="ContainerSpec.StopTimeout"/>; zero: kill at once.</param>
    /// <param name="cancellationToken">Stops waiting; the signal is sent already.</param>
    public Task StopAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        => _instance.StopAsync(timeout ?? Spec.StopTimeout, keep: false, cancellationToken);

    /// <summary>As <see cref="StopAsync(TimeSpan?, CancellationToken)"/>, with another signal than the container's own.</summary>
    /// <param name="timeout">How long to wait; null: the spec's <see cref="ContainerSpec.StopTimeout"/>; zero: kill at once.</param>
    /// <param name="signal">A name such as <c>SIGINT</c> or <c>INT</c>, or a number.</param>
    /// <param name="cancellationToken">Stops waiting; the signal is sent already.</param>
    /// <exception cref="ArgumentException">There is no such signal.</exception>
    public Task StopAsync(TimeSpan? timeout, string signal, CancellationToken cancellationToken = default)
        => _instance.StopAsync(timeout ?? Spec.StopTimeout, keep: false, cancellationToken, SignalName.Parse(signal, nameof(signal)));

    /// <summary>Sends a signal to the first process. With SIGKILL the container has ended on return.</summary>
    /// <param name="signal">A name such as <c>SIGHUP</c> or <c>HUP</c>, or a number. Note that the kernel drops signals that a first
    /// process does not handle, pid_namespaces(7).</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidStateException">It does not run.</exception>
    /// <exception cref="ArgumentException">There is no such signal.</exception>
    public Task KillAsync(string signal = "SIGKILL", CancellationToken cancellationToken = default)
        => _instance.KillAsync(SignalName.Parse(signal, nameof(signal)), cancellationToken);

    /// <summary>
    /// Waits for the end of the container, or at once returns how it ended. On return its log is complete, and it is gone when it removes
    /// itself. On a
    /// container that was not started yet this waits for the end of its first run.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting; the container runs on.</param>
    public Task<ExitStatus> WaitAsync(CancellationToken cancellationToken = default) => _instance.WaitAsync(cancellationToken);

    /// <summary>Removes the container with its files and log, and the volumes that were made for it alone.</summary>
    /// <param name="force">True: a running one is killed, and it is no error when it is gone already.</param>
    /// <param name="volumes">True: its anonymous volumes are removed, too, unless another container uses them. One that removes itself always does so.</param>
    /// <param name="cancellationToken">Stops waiting for the end; a removal that began is finished.</param>
    /// <exception cref="InvalidStateException">It runs, and <paramref name="force"/> is false.</exception>
    public Task RemoveAsync(bool force, bool volumes, CancellationToken cancellationToken = default)
        => _instance.RemoveAsync(force, cancellationToken, keepsVolumes: !volumes);

    /// <summary>Removes the container with its files and log.</summary>
    /// <param name="force">True: a running one is killed, and it is no error when it is gone already.</param>
    /// <param name="cancellationToken">Stops waiting for the end; a removal that began is finished.</param>
    /// <exception cref="InvalidStateException">It runs, and <paramref name="force"/> is false.</exception>
    public Task RemoveAsync(bool force = false, CancellationToken cancellationToken = default) => RemoveAsync(force, volumes: false, cancellationToken);

    /// <summary>The container as it is now.</summary>
    public Task<ContainerInfo> InspectAsync(CancellationToken cancellationToken = default)
        => cancellationToken.IsCancellationRequested ? Task.FromCanceled<ContainerInfo>(cancellationToken) : Task.FromResult(_instance.GetInfo());

    /// <summary>Reads what the container wrote, over all its runs.</summary>
    /// <param name="follow">True: while the container runs, go on with new lines until it ends.</param>
    /// <param name="tail">Only so many of the lines that are there; null: all.</param>
    /// <param name="since">Only lines from this time on.</param>
    /// <param name="until">Only lines up to this time.</param>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    public IAsyncEnumerable<LogLine> ReadLogsAsync(
        bool follow = false, int? tail = null, DateTimeOffset? since = null, DateTimeOffset? until = null, CancellationToken cancellationToken = default)
    {
        if (tail < 0)
            throw new ArgumentOutOfRangeException(nameof(tail), tail, "tail must not be negative.");
        return _instance.ReadLogsAsync(new LogFilter(tail, since, until), follow, cancellationToken);
    }

    /// <summary>Connects to the standard streams. Attach before the start to miss nothing.</summary>
    /// <param name="options">How it buffers; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels attaching.</param>
    /// <returns>The connection; disposing it detaches.</returns>
    /// <exception cref="InvalidStateException">It has ended.</exception>
    public async Task<ContainerAttachment> AttachAsync(AttachOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        options ??= new AttachOptions();
        options.Validate();
        OutputHub hub = _instance.GetHub(options.NextRun);
        var attachment = new ContainerAttachment(hub, Spec, options, _instance.Time);
        await hub.AddAsync(attachment).ConfigureAwait(false);
        return attachment;
    }

    /// <summary>Runs a further command in the running container and keeps its output.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="cancellationToken">Kills the command.</param>
    /// <returns>Exit code and output; a non-zero exit is data, not an exception.</returns>
    /// <exception cref="InvalidStateException">The container does not run.</exception>
    /// <exception cref="ContainerStartException">The command could not be started: 126 not executable, 127 not found.</exception>
    /// <exception cref="IOException">It wrote more than <see cref="ExecSpec.OutputLimit"/> and was killed.</exception>
    public Task<ExecResult> ExecAsync(IEnumerable<string> command, CancellationToken cancellationToken = default)
        => ExecAsync(ExecSpec.ForCommand(command), cancellationToken);

    /// <inheritdoc cref="ExecAsync(IEnumerable{string}, CancellationToken)"/>
    public async Task<ExecResult> ExecAsync(ExecSpec spec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ExecSession session = await OpenExecAsync(spec with { OpenStdin = false }, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
            return await session.ReadToEndAsync(spec, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts a further command in the running container and gives access to its streams.</summary>
    /// <param name="spec">The command.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The running command; disposing kills it when it has not ended.</returns>
    /// <exception cref="InvalidStateException">The container does not run.</exception>
    /// <exception cref="ContainerStartException">The command could not be started: 126 not executable, 127 not found.</exception>
    public async Task<ExecSession> OpenExecAsync(ExecSpec spec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ExecProcess exec = await _instance.ExecAsync(spec, cancellationToken).ConfigureAwait(false);
        return new ExecSession(exec.Id, exec.Process, _instance.Time);
    }

    /// <summary>Sets the size of the running container's terminal; ignored without one.</summary>
    /// <exception cref="InvalidStateException">It does not run.</exception>
    public Task ResizeAsync(TerminalSize size, CancellationToken cancellationToken = default) => _instance.ResizeAsync(size, cancellationToken);

    /// <summary>
    /// On the handle that owns the container, stops and removes it: a command that handles the stop signal gets a second, others are killed
    /// at once. On
    /// other handles this does nothing. Idempotent.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (!_owns || Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _instance.StopForDisposalAsync(DisposeGrace).ConfigureAwait(false);
        await _instance.RemoveAsync(force: true, CancellationToken.None, deleteLater: true).ConfigureAwait(false);
    }

    /// <summary>Name and short id.</summary>
    public override string ToString() => $"{Name} ({ShortId})";
}
