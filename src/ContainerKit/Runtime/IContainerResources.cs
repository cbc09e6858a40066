namespace ContainerKit.Runtime;

/// <summary>The cgroup and the processes of a running container. Disposing releases descriptors only.</summary>
internal interface IContainerResources : IDisposable
{
    /// <summary>Stops all processes; returns when they have stopped.</summary>
    /// <exception cref="UnsupportedException">There is no cgroup, or none with a freezer; the message says how to get one.</exception>
    /// <exception cref="InvalidStateException">The container ended meanwhile.</exception>
    ValueTask FreezeAsync(CancellationToken cancellationToken);

    /// <summary>Lets stopped processes continue; does nothing where that is not possible.</summary>
    void Thaw();

    /// <summary>Sets the limits that the spec has, and lifts the others. They bind at once.</summary>
    /// <exception cref="UnsupportedException">This machine or user can't enforce them.</exception>
    /// <exception cref="InvalidStateException">The kernel refuses them as things are, as a memory limit below what is in use.</exception>
    void SetLimits(RuntimeSpec spec);

    /// <summary>The processes as this process's pid namespace sees them.</summary>
    IReadOnlyList<int> ListProcesses();

    /// <summary>What the container uses now.</summary>
    ResourceUsage ReadUsage();

    /// <summary>How many processes the kernel killed for want of memory; 0 where it does not tell.</summary>
    long ReadOutOfMemoryKills();
}
