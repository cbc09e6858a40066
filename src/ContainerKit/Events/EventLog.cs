using System.Runtime.CompilerServices;

namespace ContainerKit.Events;

/// <summary>
/// The last events of an engine, in a ring. Readers have a position each and no queue, so one that is slow costs nothing; one that is too slow
/// is told that it missed something.
/// </summary>
internal sealed class EventLog(TimeProvider time)
{
    internal const int Capacity = 4096;

    private readonly Lock _sync = new();
    private ContainerKitEvent?[] _ring = new ContainerKitEvent?[64];
    private long _last;
    private TaskCompletionSource? _news;
    private bool _closed;

    /// <summary>Adds an event. <paramref name="describe"/> is called once somebody wants to know.</summary>
    internal void Publish(EventKind kind, string action, string actorId, Func<IReadOnlyDictionary<string, string>> describe, string? detail = null)
    {
        TaskCompletionSource? news;
        lock (_sync)
        {
            if (_closed)
                return;

            // The time is taken inside the lock: times must not go back from one event to the next.
            var happened = new ContainerKitEvent(kind, action, actorId, time.GetUtcNow(), describe) { Detail = detail, Sequence = ++_last };
            if (_last > _ring.Length && _ring.Length < Capacity)
                Grow();
            _ring[_last % _ring.Length] = happened;
            news = _news;
            _news = null;
        }

        news?.TrySetResult();
    }

    /// <summary>No more events: readers end.</summary>
    internal void Close()
    {
        TaskCompletionSource? news;
        lock (_sync)
        {
            _closed = true;
            news = _news;
            _news = null;
        }

        news?.TrySetResult();
    }

    /// <summary>Reads from this call on.</summary>
    internal IAsyncEnumerable<ContainerKitEvent> ReadAsync(EventMatcher matcher, DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        long position;
        lock (_sync)
        {
            // One behind the last that is kept, or only new ones.
            position = since is null ? _last : Math.Max(0, _last - _ring.Length);
        }

        return EnumerateAsync(position, matcher, since, until, cancellationToken);
    }

    private async IAsyncEnumerable<ContainerKitEvent> EnumerateAsync(
        long position, EventMatcher matcher, DateTimeOffset? since, DateTimeOffset? until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool catchingUp = since is not null;
        List<ContainerKitEvent> batch = [];
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batch.Clear();
            Task? news = Take(ref position, batch, catchingUp);
            catchingUp = false;
            foreach (ContainerKitEvent happened in batch)
            {
                if (happened.Time > until)
                    yield break;
                if ((since is null || happened.Time >= since) && matcher.IsMatch(happened))
                    yield return happened;
            }

            if (batch.Count > 0)
                continue;
            if (news is null || !await WaitAsync(news, until, cancellationToken).ConfigureAwait(false))
                yield break;
        }
    }

    /// <summary>What came after the position; when there is nothing, what completes when there is, or null when there never will be.</summary>
    private Task? Take(ref long position, List<ContainerKitEvent> batch, bool mayHaveGap)
    {
        lock (_sync)
        {
            long oldest = Math.Max(1, _last - _ring.Length + 1);
            if (position + 1 < oldest)
            {
                if (!mayHaveGap)
                    throw new IOException($"This reader of events is more than {Capacity} behind; {oldest - position - 1} are lost for it. Read faster, or filter less.");
                position = oldest - 1;
            }

            while (position < _last)
                batch.Add(_ring[++position % _ring.Length]!);
            if (batch.Count > 0)
                return Task.CompletedTask;
            if (_closed)
                return null;
            _news ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _news.Task;
        }
    }

    private async Task<bool> WaitAsync(Task news, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        if (until is not DateTimeOffset end)
        {
            await news.WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }

        TimeSpan left = end - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return false;
        try
        {
            // Timers take at most 49 days; a longer one is waited for in pieces.
            TimeSpan piece = TimeSpan.FromDays(1);
            await news.WaitAsync(left < piece ? left : piece, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The next round sees whether that was all.
        }

        return true;
    }

    private void Grow()
    {
        var larger = new ContainerKitEvent?[Math.Min(Capacity, _ring.Length * 4)];
        foreach (ContainerKitEvent? happened in _ring)
        {
            if (happened is not null)
                larger[happened.Sequence % larger.Length] = happened;
        }

        _ring = larger;
    }
}
