using ContainerKit.Containers.Instances;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Io;
using ContainerKit.Networks;
using ContainerKit.Networks.Control;
using ContainerKit.Runtime;
using ContainerKit.Runtime.Roots;

namespace ContainerKit.Containers.Preparation;

/// <summary>
/// Keeps one container prepared: its id, its directory, and what the runtime can do ahead. The next one is prepared while the caller works with
/// the one that was taken.
/// </summary>
/// <remarks>
/// Nothing is prepared before the first start: a program that starts one container pays for one. And nothing while containers come and go one after
/// another, where the preparation would only compete with them.
/// </remarks>
internal sealed class PreparedContainers : IAsyncDisposable
{
    /// <summary>How long no container has started or ended before one is prepared.</summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(10);

    private readonly ContainerContext _context;
    private readonly ITimer _timer;
    private readonly Lock _sync = new();
    private PreparedSlot? _ready;
    private Task _preparation = Task.CompletedTask;
    private LikelyContainer? _last;
    private LikelyContainer? _beforeLast;
    private bool _isClosed;
    private bool _isScheduled;

    internal PreparedContainers(ContainerContext context, bool isEnabled)
    {
        _context = context;
        _isClosed = !isEnabled;
        _timer = context.Time.CreateTimer(static self => ((PreparedContainers)self!).Begin(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes the prepared container when it is good for what is to start; null otherwise.</summary>
    internal PreparedSlot? TryTake(LikelyContainer wanted)
    {
        PreparedSlot? slot;
        lock (_sync)
        {
            (slot, _ready) = (_ready, null);
            (_beforeLast, _last) = (_last, wanted);
        }

        if (slot is null)
            return null;
        bool accepted = false;
        try
        {
            RuntimeSpec spec = wanted.Describe(slot.Id, _context.Paths.DirectoryOf(slot.Id), ContainerInstance.StateOf(slot.Network));
            accepted = wanted.UsesNetwork == slot.Network is not null && slot.Container.Accepts(spec);
            slot.Spec = spec;
            return accepted ? slot : null;
        }
        finally
        {
            if (!accepted)
                Return(slot);
        }
    }

    /// <summary>A container was started: the next one is prepared soon, unless there is one.</summary>
    internal void Refill()
    {
        lock (_sync)
        {
            _isScheduled = !_isClosed && _ready is null;
            if (_isScheduled)
                _timer.Change(s_quiet, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A container begins or ends: what is to be prepared waits a little longer.</summary>
    internal void Postpone()
    {
        lock (_sync)
        {
            if (_isScheduled)
                _timer.Change(s_quiet, Timeout.InfiniteTimeSpan);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task preparation;
        lock (_sync)
        {
            _isClosed = true;
            preparation = _preparation;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        await preparation.ConfigureAwait(false);
        PreparedSlot? slot;
        lock (_sync)
        {
            (slot, _ready) = (_ready, null);
        }

        if (slot is not null)
            await DiscardAsync(slot).ConfigureAwait(false);
    }

    private void Begin()
    {
        lock (_sync)
        {
            _isScheduled = false;
            if (!_isClosed && _ready is null)
                _preparation = PrepareAfterAsync(_preparation);
        }
    }

    /// <summary>Prepares once the last preparation, or the removal of one that was of no use, has ended, unless there is one by then.</summary>
    private async Task PrepareAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.SuppressThrowing);
        lock (_sync)
        {
            if (_isClosed || _ready is not null)
                return;
        }

        await PrepareAsync().ConfigureAwait(false);
    }

    private void Return(PreparedSlot slot)
    {
        lock (_sync)
        {
            if (!_isClosed && _ready is null && !slot.Container.IsForOneImage && slot.Network is null)
            {
                _ready = slot;
                return;
            }

            // The next one may be of yet another image, so this one has no future. The engine waits for it when it closes.
            Task before = _preparation;
            _preparation = Task.Run(async () =>
            {
                await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await DiscardAsync(slot).ConfigureAwait(false);
            });
        }
    }

    private async Task PrepareAsync()
    {
        try
        {
            (string id, FileLock taken) = ContainerDirectory.Create(_context.Paths.PreparedDirectoryOf);
            PreparedSlot slot = new(id, taken, _context.Paths.PreparedDirectoryOf(id));
            try
            {
                ContainerDirectory.MakeLayers(slot.Directory);
                ContainerFiles.Prepare(slot.Directory);
                slot.Network = await ReserveAsync(slot).ConfigureAwait(false);
                RuntimeSpec? likely = await GuessAsync(slot).ConfigureAwait(false);
                slot.Attach(await _context.Runtime.PrepareAsync(id, likely, CancellationToken.None).ConfigureAwait(false));
                if (slot is { Network: { } network, IsUsable: true })
                    await network.ConnectAsync(slot.Container.Pid, CancellationToken.None).ConfigureAwait(false);
            }
            catch
            {
                await DiscardAsync(slot).ConfigureAwait(false);
                throw;
            }

            if (!slot.IsUsable)
            {
                await DiscardAsync(slot).ConfigureAwait(false);
                lock (_sync)
                {
                    _isClosed = true;
                }

                return;
            }

            lock (_sync)
            {
                _ready = slot;
            }
        }
        catch (Exception e)
        {
            // Nobody waits for this. Nothing is lost but time: the next start does everything itself, and says what is wrong when that fails, too.
            ContainerMessages.PreparationFailed(_context.Logger, e);
        }
    }

    /// <summary>The container that is likely to come: one like the last, unless the one before that was different. Null: anything may come.</summary>
    private async ValueTask<RuntimeSpec?> GuessAsync(PreparedSlot slot)
    {
        LikelyContainer? last;
        LikelyContainer? beforeLast;
        lock (_sync)
        {
            (last, beforeLast) = (_last, _beforeLast);
        }

        if (last is null)
            return null;
        NetworkState? network = ContainerInstance.StateOf(slot.Network);
        RuntimeSpec likely = last.Describe(slot.Id, slot.Directory, network);
        if (beforeLast is not null && !PreparedRoot.IsAlike(beforeLast.Describe(slot.Id, slot.Directory, network), likely))
            return null;
        try
        {
            await _context.Images.LeaseAsync(last.Image, slot.Directory, durable: false, CancellationToken.None).ConfigureAwait(false);
            return likely;
        }
        catch (NotFoundException)
        {
            // The image was removed: there will be no more containers of it.
            return null;
        }
    }

    /// <summary>An address in the default network, where the last container was in it, too.</summary>
    private async ValueTask<ContainerNetwork?> ReserveAsync(PreparedSlot slot)
    {
        bool isWanted;
        lock (_sync)
            isWanted = _last is { UsesNetwork: true };
        return isWanted && _context.Networks.IsAvailable
            ? await _context.Networks.ReserveAsync(new NetworkMember { Id = slot.Id, Attachments = [new NetworkAttachment(NetworkName.Bridge)] }, CancellationToken.None).ConfigureAwait(false)
            : null;
    }

    /// <summary>Undoes a preparation. Whatever fails, the rest of it is done: what stayed would be there until the next engine opens.</summary>
    private async Task DiscardAsync(PreparedSlot slot)
    {
        try
        {
            try
            {
                await slot.DisposeAsync().ConfigureAwait(false);
            }
            finally
            {
                await ContainerRemoval.DeleteAsync(_context, slot.Directory).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // Nobody waits for this. The next engine removes it.
            ContainerMessages.DiscardFailed(_context.Logger, e, slot.Id);
        }
        finally
        {
            slot.Lock.Dispose();
        }
    }
}
