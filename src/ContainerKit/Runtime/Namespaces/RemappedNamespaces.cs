using System.Collections.Concurrent;
using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Runtime.Namespaces;

/// <summary>The user namespaces that root makes for containers, one for each range of ids; each lasts as long as the engine.</summary>
internal sealed class RemappedNamespaces(Func<UserNamespace, LaunchSettingFactory> createFactory) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<IdRange, Lazy<Task<(UserNamespace Namespace, LaunchSettingFactory Factory)>>> _known = new();

    /// <summary>The settings of containers in the namespace of a range.</summary>
    /// <exception cref="UnsupportedException">The kernel does not let it be made.</exception>
    internal async Task<LaunchSettingFactory> GetAsync(IdRange range)
    {
        Lazy<Task<(UserNamespace, LaunchSettingFactory Factory)>> entry = _known.GetOrAdd(range, static (r, create) => new(() => CreateAsync(r, create)), createFactory);
        try
        {
            return (await entry.Value.ConfigureAwait(false)).Factory;
        }
        catch (Exception e) when (e is LaunchException or LinuxException)
        {
            _known.TryRemove(KeyValuePair.Create(range, entry));
            throw new UnsupportedException($"UserNamespace {range.Outside} (of {range.Count} ids) can't be made: {e.Message}. It needs a kernel with user namespaces (sysctl user.max_user_namespaces).", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<(UserNamespace Namespace, LaunchSettingFactory)>> entry in _known.Values)
        {
            if (entry.IsValueCreated && entry.Value.IsCompletedSuccessfully)
            {
                await (await entry.Value.ConfigureAwait(false)).Namespace.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task<(UserNamespace, LaunchSettingFactory)> CreateAsync(IdRange range, Func<UserNamespace, LaunchSettingFactory> create)
    {
        UserNamespace made = await UserNamespace.CreateAsync(range).ConfigureAwait(false);
        return (made, create(made));
    }
}
