using ContainerKit.Linux.Io;
using ContainerKit.Networks.Control;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Preparation;

/// <summary>An id that has a locked directory with empty layers, and what the runtime prepared for it.</summary>
internal sealed class PreparedSlot(string id, FileLock ownerLock, string directory)
{
    private IPreparedContainer? _container;

    internal string Id { get; } = id;

    internal FileLock Lock { get; } = ownerLock;

    internal string Directory { get; } = directory;

    /// <summary>What it was taken for.</summary>
    internal RuntimeSpec? Spec { get; set; }

    internal bool IsUsable => _container is not null;

    internal IPreparedContainer Container => _container ?? throw new InvalidOperationException("Nothing was prepared.");

    /// <summary>The interface in the default network, which it has already; null for none.</summary>
    internal ContainerNetwork? Network { get; set; }

    /// <summary>Undoes what the runtime and the networks did.</summary>
    internal async ValueTask DisposeAsync()
    {
        try
        {
            if (_container is not null)
                await _container.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (Network is not null)
                await Network.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal void Attach(IPreparedContainer? container) => _container = container;
}
