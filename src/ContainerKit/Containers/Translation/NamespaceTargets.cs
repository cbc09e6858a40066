using ContainerKit.Containers.Instances;
using ContainerKit.Containers.State;
using ContainerKit.Networks;
using ContainerKit.Runtime.Namespaces;

namespace ContainerKit.Containers.Translation;

/// <summary>The containers whose namespaces a spec joins: names at its creation, processes at its start.</summary>
internal static class NamespaceTargets
{
    /// <summary>The spec with ids in place of names, so that a later container of the same name is not taken for the one that was meant.</summary>
    /// <exception cref="NotFoundException">There is no such container.</exception>
    /// <exception cref="ArgumentException">A container does not let its IPC namespace be joined.</exception>
    internal static async Task<ContainerSpec> ResolveNamesAsync(ContainerContext context, ContainerSpec spec)
    {
        if (spec.PidNamespace.Container is string pid)
            spec = spec with { PidNamespace = NamespaceMode.OfContainer((await FindAsync(context, nameof(spec.PidNamespace), pid).ConfigureAwait(false)).Config.Id) };
        if (spec.NetworkContainer is string network)
            spec = spec with { NetworkContainer = (await FindAsync(context, nameof(spec.NetworkContainer), network).ConfigureAwait(false)).Config.Id };
        if (spec.IpcNamespace.Container is not string ipc)
            return spec;
        ContainerInstance owner = await FindAsync(context, nameof(spec.IpcNamespace), ipc).ConfigureAwait(false);
        return owner.Config.Spec.IpcNamespace.Kind == NamespaceModeKind.Shareable
            ? spec with { IpcNamespace = NamespaceMode.OfContainer(owner.Config.Id) }
            : throw new ArgumentException(
                $"{nameof(spec.IpcNamespace)} '{spec.IpcNamespace}' is not allowed: expected a container whose own {nameof(spec.IpcNamespace)} is shareable, and that of '{ipc}' is {owner.Config.Spec.IpcNamespace}.");
    }

    /// <summary>What the runtime needs to know of the containers that are joined, which have to run.</summary>
    /// <exception cref="NotFoundException">One was removed.</exception>
    /// <exception cref="InvalidStateException">One does not run.</exception>
    internal static async Task<JoinedContainers> FindAsync(ContainerContext context, ContainerSpec spec)
    {
        var namespaces = new RuntimeNamespaces
        {
            ProcessIds = await MapAsync(context, nameof(spec.PidNamespace), spec.PidNamespace).ConfigureAwait(false),
            Ipc = await MapAsync(context, nameof(spec.IpcNamespace), spec.IpcNamespace).ConfigureAwait(false),
            HostName = await MapAsync(context, nameof(spec.UtsNamespace), spec.UtsNamespace).ConfigureAwait(false),
            ControlGroups = await MapAsync(context, nameof(spec.CgroupNamespace), spec.CgroupNamespace).ConfigureAwait(false),
        };
        if (spec.NetworkContainer is not string network)
            return new JoinedContainers(namespaces with { Network = spec.Network == NetworkMode.Host ? RuntimeNamespace.Host : RuntimeNamespace.New }, null);
        ContainerInstance owner = await FindAsync(context, nameof(spec.NetworkContainer), network).ConfigureAwait(false);
        return new JoinedContainers(
            namespaces with { Network = await MapAsync(context, nameof(spec.NetworkContainer), NamespaceMode.OfContainer(network)).ConfigureAwait(false) },
            owner.Config)
        {
            Network = (owner.GetState() as ContainerState.Running)?.Network,
        };
    }

    private static async ValueTask<RuntimeNamespace> MapAsync(ContainerContext context, string option, NamespaceMode mode)
    {
        if (mode.Container is not string id)
            return mode.Kind == NamespaceModeKind.Host ? RuntimeNamespace.Host : RuntimeNamespace.New;
        ContainerInstance instance = await FindAsync(context, option, id).ConfigureAwait(false);
        return instance.GetState() is ContainerState.Running running
            ? new RuntimeNamespace(RuntimeNamespaceKind.Container, instance.Config.Id, running.Identity)
            : throw new InvalidStateException($"{option}: container {instance.Config.Name} ({instance.Config.ShortId}) is not running, so its namespace can't be joined. Start it first.");
    }

    private static async Task<ContainerInstance> FindAsync(ContainerContext context, string option, string idOrName)
        => await ContainerLookup.FindAsync(context, idOrName).ConfigureAwait(false) ?? throw new NotFoundException($"{option}: there is no container '{idOrName}'.");
}

/// <summary>What a start takes from other containers.</summary>
/// <param name="Namespaces">Their namespaces, the container's own and the host's.</param>
/// <param name="NetworkOwner">The container whose network is used; null for none.</param>
internal sealed record JoinedContainers(RuntimeNamespaces Namespaces, ContainerConfig? NetworkOwner)
{
    /// <summary>What that container has of its networks.</summary>
    public NetworkState? Network { get; init; }

    /// <summary>Nothing is joined, everything is the container's own.</summary>
    public static JoinedContainers None { get; } = new(new RuntimeNamespaces(), null);
}
