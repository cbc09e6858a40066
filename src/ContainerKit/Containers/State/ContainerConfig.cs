using System.Collections.Immutable;
using ContainerKit.Containers.Translation;

namespace ContainerKit.Containers.State;

/// <summary>What a container is, and what changes only by renaming and updating it; config.json.</summary>
internal sealed record ContainerConfig
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The engine process that created it; for messages, since the lock decides.</summary>
    public int CreatorPid { get; init; }

    /// <summary>True: a handle owns the container, so it does not outlive the engine process.</summary>
    public bool HandleOwned { get; init; }

    /// <summary>
    /// The state that holds as long as there is no state.json: a container that is started as it is created needs one file less.
    /// </summary>
    public ContainerStateRecord? InitialState { get; init; }

    public required ContainerSpec Spec { get; init; }

    public required ContainerImage Image { get; init; }

    /// <summary>The networks that it is connected to, by id; the default one by its name.</summary>
    public ImmutableArray<NetworkAttachment> Networks { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Its volumes, which exist.</summary>
    public ImmutableArray<VolumeUse> Volumes { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>True: nothing of it is wanted after the engine process that owns it.</summary>
    internal bool IsEphemeral => HandleOwned || (Spec.AutoRemove && !IsDetached);

    /// <summary>True: it outlives the engine process that owns it.</summary>
    internal bool IsDetached => Spec.Lifetime == ContainerLifetime.Detached;

    internal string ShortId => ContainerId.Shorten(Id);

    internal string Hostname => Spec.Hostname ?? (Spec.Network == NetworkMode.Host || Spec.UtsNamespace.Kind == NamespaceModeKind.Host ? Environment.MachineName : ShortId);
}
