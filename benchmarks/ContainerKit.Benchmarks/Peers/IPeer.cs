using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>
/// A container engine in the comparison. The runner calls <see cref="TryPrepareAsync"/> once, then either
/// <see cref="RunOnceAsync"/> many times, or <see cref="StartLongRunningAsync"/> once and <see cref="ExecOnceAsync"/>
/// many times, and always disposes it; disposal removes whatever of it still runs. Calls never overlap.
/// </summary>
internal interface IPeer : IComparedPeer
{
    /// <summary>True: what is started has an interface in the default network; false: none but loopback. Set before preparation.</summary>
    bool UsesDefaultNetwork { get => false; set => _ = value; }

    /// <summary>Gets everything ready that is not to be measured, and proves with one container that it works.</summary>
    /// <returns>Null when ready, otherwise why it can't take part.</returns>
    Task<string?> TryPrepareAsync(Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken);

    /// <summary>Creates, starts, waits for and removes a container that runs <c>/bin/true</c>.</summary>
    /// <exception cref="PeerFailedException">It did not end with status 0.</exception>
    Task RunOnceAsync(CancellationToken cancellationToken);

    /// <summary>Starts the container that <see cref="ExecOnceAsync"/> enters.</summary>
    Task StartLongRunningAsync(CancellationToken cancellationToken);

    /// <summary>Runs <c>/bin/true</c> inside the long-running container.</summary>
    /// <exception cref="PeerFailedException">It did not end with status 0.</exception>
    Task ExecOnceAsync(CancellationToken cancellationToken);

    /// <summary>Waits for work that a run left to the background, so that the next peer is not measured under its load.
    /// Called after each run and not measured.</summary>
    Task SettleAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
