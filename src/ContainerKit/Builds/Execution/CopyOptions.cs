using ContainerKit.Builds.Contexts;
using ContainerKit.Storage.Ownership;

namespace ContainerKit.Builds.Execution;

/// <summary>How things are copied.</summary>
internal sealed record CopyOptions
{
    /// <summary>The owner of everything; null: the sources' own.</summary>
    public (uint User, uint Group)? Owner { get; init; }

    /// <summary>What the sources' owners are inside.</summary>
    public OwnerView SourceOwners { get; init; } = new(null);

    /// <summary>The change of modes; null for none.</summary>
    public FileModeChange? Mode { get; init; }

    /// <summary>What is left out, by paths below each source.</summary>
    public IgnoreRules Excludes { get; init; } = IgnoreRules.None;

    /// <summary>No entry gets a later time of modification, in seconds since 1970; null: any.</summary>
    public long? LatestTime { get; init; }

    /// <summary>True: names of one file stay names of one file.</summary>
    public bool KeepsHardLinks { get; init; }
}
