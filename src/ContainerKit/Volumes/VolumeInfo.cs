namespace ContainerKit;

/// <summary>A volume as it was at one moment.</summary>
public sealed record VolumeInfo
{
    /// <summary>The name, unique in the data root.</summary>
    public required string Name { get; init; }

    /// <summary>The driver that keeps it.</summary>
    public required string Driver { get; init; }

    /// <summary>The directory on this machine that containers see.</summary>
    public required string MountPoint { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Labels.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>The options that the driver got.</summary>
    public required IReadOnlyDictionary<string, string> DriverOptions { get; init; }

    /// <summary>True: nobody chose its name, and pruning removes it when no container uses it.</summary>
    public required bool IsAnonymous { get; init; }
}
