namespace ContainerKit.Compose;

/// <summary>What <see cref="ComposeProject.DownAsync"/> removes besides containers and networks.</summary>
public sealed record ComposeDownOptions
{
    /// <summary>True: also the volumes of the project, and anonymous ones. External volumes stay always. Default false.</summary>
    public bool Volumes { get; init; }

    /// <summary>Which images. Default none.</summary>
    public ComposeImageRemoval Images { get; init; }

    /// <summary>True: also the containers of services that are not in the file any more. Default false.</summary>
    public bool RemoveOrphans { get; init; }

    /// <summary>How long containers have to end; null: what the file says.</summary>
    public TimeSpan? StopTimeout { get; init; }

    /// <summary>Gets the steps.</summary>
    public IProgress<ComposeProgress>? Progress { get; init; }
}
