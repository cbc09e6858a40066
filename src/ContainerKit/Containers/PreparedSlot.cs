using ContainerKit.Linux.Io;
using ContainerKit.Runtime;

namespace ContainerKit.Containers;

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

    internal void Attach(IPreparedContainer? container) => _container = container;
}
