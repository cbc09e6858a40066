using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Comparison;

/// <summary>The peers of one run: prepares them, says which are missing and why, and disposes them in the end.</summary>
internal sealed class PeerSet : IAsyncDisposable
{
    private readonly List<IPeer> _all = [];
    private readonly List<IPeer> _ready = [];

    /// <summary>The peers that take part.</summary>
    public IReadOnlyList<IPeer> Ready => _ready;

    /// <summary>Ours, when it takes part.</summary>
    public IPeer? Ours => _ready.FirstOrDefault(peer => peer.IsOurs);

    /// <summary>Prepares peers one after the other; one that can't be prepared is reported and left out.</summary>
    /// <exception cref="PlatformNotSupportedException">None is left.</exception>
    public async Task PrepareAsync(IEnumerable<IPeer> peers, Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        foreach (var peer in peers)
        {
            _all.Add(peer);
            var reason = await TryPrepareAsync(peer, workspace, rootfs, cancellationToken);
            if (reason is null)
                _ready.Add(peer);
            Console.WriteLine(reason is null ? $"  {peer.Name} {peer.Version}" : $"  {peer.Name} is MISSING: {reason}");
            if (reason is null)
            {
                foreach (var note in peer.Notes)
                    Console.WriteLine($"    {note}");
            }
        }
        if (_ready.Count == 0)
            throw new PlatformNotSupportedException("no peer can take part on this machine as this user");
    }

    /// <summary>Takes out a peer that failed.</summary>
    public void Exclude(IPeer peer) => _ready.Remove(peer);

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in Enumerable.Reverse(_all))
            await peer.DisposeAsync();
    }

    private static async Task<string?> TryPrepareAsync(IPeer peer, Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        try
        {
            return await peer.TryPrepareAsync(workspace, rootfs, cancellationToken);
        }
        catch (PeerFailedException failure)
        {
            return failure.Message;
        }
    }
}
