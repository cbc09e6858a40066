using System.Collections.Immutable;

namespace ContainerKit;

/// <summary>What a volume is to be: <c>new VolumeSpec { Name = "data" }.WithLabel("stage", "test")</c>.</summary>
public sealed record VolumeSpec
{
    /// <summary>The name of the driver that keeps volumes in the data root.</summary>
    public const string LocalDriver = "local";

    /// <summary>The name, unique in the data root; null: one is made up, and the volume is anonymous.</summary>
    public string? Name { get; init; }

    /// <summary>Labels.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The driver; <see cref="LocalDriver"/> is the one there is.</summary>
    public string Driver { get; init; } = LocalDriver;

    /// <summary>
    /// Docker's options of the local driver: none for a directory of the data root; <c>type=none</c>, <c>o=bind</c> and <c>device=/path</c> for a
    /// directory of this machine.
    /// </summary>
    public ImmutableSortedDictionary<string, string> DriverOptions { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Adds a label, or replaces it.</summary>
    public VolumeSpec WithLabel(string name, string value) => this with { Labels = Labels.SetItem(name, value) };

    /// <summary>Adds an option of the driver, or replaces it.</summary>
    public VolumeSpec WithDriverOption(string name, string value) => this with { DriverOptions = DriverOptions.SetItem(name, value) };
}
