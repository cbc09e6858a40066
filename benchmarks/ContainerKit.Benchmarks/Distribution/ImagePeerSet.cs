using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Distribution;

/// <summary>The peers of one run: prepares them, says which are missing and why, and disposes them in the end.</summary>
internal sealed class ImagePeerSet : IAsyncDisposable
{
    private readonly List<IImagePeer> _all = [];
    private readonly List<IImagePeer> _ready = [];
    private readonly List<string> _failures = [];

    /// <summary>The peers that take part.</summary>
    public IReadOnlyList<IImagePeer> Ready => _ready;

    /// <summary>Which peers failed, and how.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Prepares ours and other peers, one after the other; one that can't be prepared is reported and left out.</summary>
    /// <exception cref="FormatException">A name is unknown.</exception>
    /// <exception cref="PlatformNotSupportedException">None is left.</exception>
    public async Task PrepareAsync(IReadOnlyList<string> names, Workspace workspace, CancellationToken cancellationToken)
    {
        IImagePeer[] known = [new ContainerKitImages(), new DockerImages(), new PodmanImages(), new SkopeoImages()];
        if (names.FirstOrDefault(name => known.All(peer => peer.Name != name)) is { } unknown)
            throw new FormatException($"unknown peer {unknown}; there are {string.Join(", ", known.Select(peer => peer.Name))}");
        foreach (var peer in known.Where(peer => peer.IsOurs || names.Count == 0 || names.Contains(peer.Name)))
        {
            _all.Add(peer);
            var reason = await TryPrepareAsync(peer, workspace, cancellationToken);
            Console.WriteLine(reason is null ? $"  {peer.Name} {peer.Version}" : $"  {peer.Name} is MISSING: {reason}");
            if (reason is not null)
                continue;
            _ready.Add(peer);
            foreach (var note in peer.Notes)
                Console.WriteLine($"    {note}");
        }
        if (_ready.Count == 0)
            throw new PlatformNotSupportedException("no peer can take part on this machine as this user");
    }

    /// <summary>Does something with each peer in turn; one that fails is out.</summary>
    public async Task ForEachAsync(Func<IImagePeer, Task> action, CancellationToken cancellationToken)
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

    private static async Task<string?> TryPrepareAsync(IImagePeer peer, Workspace workspace, CancellationToken cancellationToken)
    {
        try
        {
            return await peer.TryPrepareAsync(workspace, cancellationToken);
        }
        catch (PeerFailedException failure)
        {
            return failure.Message;
        }
    }
}
