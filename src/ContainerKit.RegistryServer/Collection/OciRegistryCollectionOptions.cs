namespace ContainerKit.RegistryServer;

/// <summary>When an <see cref="OciRegistry"/> removes what nothing refers to.</summary>
public sealed record OciRegistryCollectionOptions
{
    /// <summary>The time between two collections; null: only <see cref="OciRegistry.CollectGarbageAsync"/> collects. Default 1 hour.</summary>
    public TimeSpan? Interval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long a blob that no manifest needs yet is kept after it was uploaded, mounted, or found by a client that wanted to know whether to upload it. A
    /// push has to take less than that from its first blob to its manifest. Default 1 day.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromDays(1);

    /// <summary>True: manifests without a tag are removed too once their lease is over, unless another one needs them or they speak about one that stays. Default false.</summary>
    public bool RemoveUntagged { get; init; }
}
