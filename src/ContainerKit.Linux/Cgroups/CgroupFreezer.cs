namespace ContainerKit.Linux.Cgroups;

/// <summary>Stops all processes of a cgroup: cgroup.freeze of version 2 (Linux 5.2), freezer.state of version 1.</summary>
internal sealed class CgroupFreezer(CgroupDirectory directory)
{
    private bool IsUnified => directory.Version == CgroupVersion.V2;

    /// <summary>Asks for it and waits: stopping is asynchronous, and a process may sleep uninterruptibly.</summary>
    internal async ValueTask FreezeAsync(CancellationToken cancellationToken)
    {
        Request(frozen: true);
        for (int pause = 1; !IsFrozen(); pause = Math.Min(pause * 2, 50))
        {
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            if (!directory.Exists)
                throw new LinuxException("freeze", Errno.ENODEV, directory.Path);
            if (!IsUnified)
                Request(frozen: true); // version 1 gives up on a process that was busy forking and stays FREEZING until asked again
        }
    }

    internal void Thaw() => Request(frozen: false);

    /// <summary>Asks without waiting; false where the cgroup or its freezer is gone.</summary>
    internal bool TryRequest(bool frozen) => Write(frozen) == Errno.None;

    private void Request(bool frozen)
    {
        Errno error = Write(frozen);
        if (error != Errno.None)
            throw new LinuxException(frozen ? "freeze" : "thaw", error, directory.Path);
    }

    private Errno Write(bool frozen) => IsUnified
        ? directory.TryWrite("cgroup.freeze", frozen ? "1" : "0")
        : directory.TryWrite("freezer.state", frozen ? "FROZEN" : "THAWED");

    private bool IsFrozen() => IsUnified
        ? directory.ReadKey("cgroup.events", "frozen") == 1
        : directory.ReadIfExists("freezer.state")?.Trim() == "FROZEN";
}
