using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Building;

/// <summary>Whoever builds images, with a store of its own. Calls never overlap.</summary>
internal interface IBuildPeer : IComparedPeer
{
    /// <summary>Gets everything ready that is not to be measured, the base image <see cref="BuildFiles.BaseImage"/> included.</summary>
    /// <returns>Null when ready, otherwise why it can't take part.</returns>
    Task<string?> TryPrepareAsync(Workspace workspace, BusyboxRootfs rootfs, CancellationToken cancellationToken);

    /// <summary>Builds the Dockerfile of a directory, with the cache of the builds before.</summary>
    Task BuildAsync(string context, string tag, CancellationToken cancellationToken);

    /// <summary>Forgets everything but the base image.</summary>
    Task ForgetAsync(string tag, CancellationToken cancellationToken);
}
