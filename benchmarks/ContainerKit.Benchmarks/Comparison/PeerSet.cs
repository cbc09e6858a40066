using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Comparison;

/// <summary>The peers of one run: prepares them, says which are missing and why, takes out those that fail, and disposes them in the end.</summary>
internal sealed class PeerSet<T> : IAsyncDisposable
    where T : class, IComparedPeer
{
    private readonly List<T> _all = [];
    private readonly List<T> _ready = [];
    private readonly List<string> _failures = [];

    /// <summary>The peers that take part.</summary>
    public IReadOnlyList<T> Ready => _ready;

    /// <summary>Which peers failed, and how. Whoever failed once has no result.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>The peers that were asked for.</summary>
    /// <param name="all">All that there are, in the order of the tables.</param>
    /// <param name="names">The wanted ones besides ours, which always takes part; empty means all.</param>
    /// <exception cref="FormatException">A name is unknown.</exception>
    public static IReadOnlyList<T> Choose(IReadOnlyList<T> all, IReadOnlyList<string> names)
        => names.FirstOrDefault(name => all.All(peer => peer.Name != name)) is { } unknown
            ? throw new FormatException($"unknown peer {unknown}; there are {string.Join(", ", all.Select(peer => peer.Name))}")
            : [.. all.Where(peer => names.Count == 0 || peer.IsOurs || names.Contains(peer.Name))];

    /// <summary>Prepares peers one after the other; one that can't be prepared is reported and left out.</summary>
    /// <param name="peers">The peers, which are the set's from now on.</param>
    /// <param name="prepare">Gets one ready: null, or why it can't take part.</param>
    /// <exception cref="PlatformNotSupportedException">None is left.</exception>
    public async Task PrepareAsync(IEnumerable<T> peers, Func<T, Task<string?>> prepare)
    {
        foreach (var peer in peers)
        {
            _all.Add(peer);
            if (await TryPrepareAsync(peer, prepare) is { } reason)
            {
                Console.WriteLine($"  {peer.Name} is MISSING: {reason}");
                continue;
            }
            _ready.Add(peer);
            Console.WriteLine($"  {peer.Name} {peer.Version}");
            foreach (var note in peer.Notes)
                Console.WriteLine($"    {note}");
        }
        if (_ready.Count == 0)
            throw new PlatformNotSupportedException("no peer can take part on this machine as this user");
    }

    /// <summary>Does something with each peer in turn; one that fails is out.</summary>
    public async Task ForEachAsync(Func<T, Task> action, CancellationToken cancellationToken)
    {
        foreach (var peer in _ready.ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await action(peer);
            }
            catch (Exception failure) when (failure is PeerFailedException or TimeoutException or IOException or ContainerKitException)
            {
                _failures.Add($"{peer.Name}: {failure.Message}");
                _ready.Remove(peer);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in Enumerable.Reverse(_all))
            await peer.DisposeAsync();
    }

    private static async Task<string?> TryPrepareAsync(T peer, Func<T, Task<string?>> prepare)
    {
        try
        {
            return await prepare(peer);
        }
        catch (PeerFailedException failure)
        {
            return failure.Message;
        }
    }
}
