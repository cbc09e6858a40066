using System.Collections.Immutable;

namespace ContainerKit.Compose;

/// <summary>How <see cref="ComposeProject.UpAsync"/> brings a project up.</summary>
public sealed record ComposeUpOptions
{
    /// <summary>The services, with what they need; empty: all that are enabled. Services that are named here need no profile.</summary>
    public ImmutableArray<string> Services { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The number of containers of services, in place of what the file says.</summary>
    public ImmutableSortedDictionary<string, int> Scale { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>True: images that can be built are built anew. Default false: when they are missing.</summary>
    public bool Build { get; init; }

    /// <summary>True: nothing is built; a missing image is an error. Default false.</summary>
    public bool NoBuild { get; init; }

    /// <summary>True: containers are replaced also when they are as the file says. Default false.</summary>
    public bool ForceRecreate { get; init; }

    /// <summary>True: containers that are there stay, whatever the file says. Default false.</summary>
    public bool NoRecreate { get; init; }

    /// <summary>True: a replaced container does not hand its anonymous volumes on to the next. Default false.</summary>
    public bool RenewAnonymousVolumes { get; init; }

    /// <summary>True: containers of services that are not in the file any more are removed. Default false.</summary>
    public bool RemoveOrphans { get; init; }

    /// <summary>True: the services that others need are left alone. Default false.</summary>
    public bool NoDependencies { get; init; }

    /// <summary>True: containers are created and not started. Default false.</summary>
    public bool NoStart { get; init; }

    /// <summary>True: the call ends when every container with a health check is healthy, and the others run. Default false.</summary>
    public bool Wait { get; init; }

    /// <summary>Whether the containers end with this process's engine. Default <see cref="ContainerLifetime.Engine"/>.</summary>
    public ContainerLifetime Lifetime { get; init; }

    /// <summary>How long a container that is replaced has to end; null: what the file says.</summary>
    public TimeSpan? StopTimeout { get; init; }

    /// <summary>Gets the steps.</summary>
    public IProgress<ComposeProgress>? Progress { get; init; }

    /// <summary>Gets what builds do.</summary>
    public IProgress<BuildEvent>? BuildProgress { get; init; }

    /// <summary>Gets what pulls do.</summary>
    public IProgress<ImageTransferProgress>? PullProgress { get; init; }
}
