namespace ContainerKit.Builds.Execution;

/// <summary>What the commands of a build have besides what the Dockerfile says: networks and limits.</summary>
internal static class CommandSettings
{
    /// <summary>The container's spec with the network and the limits.</summary>
    /// <param name="session">The build.</param>
    /// <param name="spec">The command's container.</param>
    /// <param name="network">What the build, or the RUN, wants.</param>
    public static ContainerSpec Apply(BuildSession session, ContainerSpec spec, BuildNetwork network)
    {
        BuildSpec build = session.Spec;
        spec = spec with
        {
            ExtraHosts = build.ExtraHosts,
            MemoryLimit = build.MemoryLimit,
            MemoryAndSwapLimit = build.MemoryAndSwapLimit,
            SharedMemorySize = build.SharedMemorySize,
            CpuLimit = build.CpuLimit,
            CpuShares = build.CpuShares,
            CpuQuota = build.CpuQuota,
            CpuPeriod = build.CpuPeriod,
            CpusetProcessors = build.CpusetProcessors,
            CpusetMemoryNodes = build.CpusetMemoryNodes,
            Ulimits = build.Ulimits,
        };
        return network switch
        {
            BuildNetwork.Host => spec with { Network = NetworkMode.Host },
            BuildNetwork.None => spec with { Network = NetworkMode.None },
            _ when build.NetworkContainer is { } container => spec.WithNetworkOf(container) with { Hostname = null },
            _ when build.NetworkName is { } name => spec.WithNetwork(name),
            _ => spec with { Network = session.Containers.HasWayOutside ? NetworkMode.Default : NetworkMode.Host },
        };
    }

    /// <summary>Finds what can't go together.</summary>
    /// <exception cref="ArgumentException">Two networks are wanted, or a limit is out of range.</exception>
    public static void Validate(BuildSpec spec)
    {
        bool isNamed = spec.NetworkName is not null || spec.NetworkContainer is not null;
        if ((isNamed && spec.Network != BuildNetwork.Default) || (spec.NetworkName is not null && spec.NetworkContainer is not null))
        {
            throw new ArgumentException($"{nameof(spec.Network)} '{spec.Network}', {nameof(spec.NetworkName)} '{spec.NetworkName}' and {nameof(spec.NetworkContainer)} '{spec.NetworkContainer}' don't go together: commands have one network.");
        }
        if (spec.DownloadLimit.Bytes <= 0)
        {
            throw new ArgumentException($"{nameof(spec.DownloadLimit)} '{spec.DownloadLimit}' is not allowed: expected a size above 0.");
        }
    }
}
