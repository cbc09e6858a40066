using System.Collections.Concurrent;
using System.Globalization;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Linux.Paths;
using ContainerKit.Runtime.Roots;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;

namespace ContainerKit.Runtime;

/// <summary>The foreign views of a rootless engine; each is made once and lasts as long as the engine.</summary>
internal sealed class ForeignViews(DataRoot root, UserNamespace userNamespace, IFileOwnership ownership) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<ForeignView>> _views = new(StringComparer.Ordinal);
    private readonly Lazy<StagingArea> _skeletons = new(() => StagingArea.Create(root, ownership));
    private int _count;

    /// <summary>The overlays of a container's root: the one that is asked for, where nothing is in the way of it.</summary>
    internal RootLayout Arrange(RuntimeRoot wanted)
    {
        // Layers of ours belong to this user, also when they are images of a single directory.
        if (wanted.Lower is not [var lower] || BelongsToThisUser(lower))
        {
            return new RootLayout(wanted, []);
        }

        return _views.GetOrAdd(lower, path => new Lazy<ForeignView>(() => Build(path))).Value.Arrange(wanted);
    }

    public async ValueTask DisposeAsync()
    {
        if (_skeletons.IsValueCreated)
        {
            await _skeletons.Value.DisposeAsync().ConfigureAwait(false);
        }
    }

    private ForeignView Build(string lower)
    {
        string directory = Path.Combine(_skeletons.Value.Path, Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture));
        return new ForeignViewBuilder(directory, root.Path).Build(lower);
    }

    private bool BelongsToThisUser(string path)
    {
        using RootedDirectory directory = RootedDirectory.Open(path);
        return directory.GetStatus(default).UserId == userNamespace.Map.Users[0].Outside;
    }
}
