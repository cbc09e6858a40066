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

    /// <summary>The driver: <see cref="LocalDriver"/>, the default, or one of <see cref="EngineOptions.VolumeDrivers"/>.</summary>
    public string Driver { get; init; } = LocalDriver;

    /// <summary>
    /// Docker's options of the local driver: none for a directory of the data root; <c>type=none</c>, <c>o=bind</c> and <c>device=/path</c> for a
    /// directory of this machine; as root also a file system that is mounted while containers use it, as in <c>type=tmpfs</c>, <c>o=size=100m,uid=1000</c>
    /// or <c>type=nfs</c>, <c>o=addr=10.0.0.1,nfsvers=4</c> and <c>device=:/export</c>. What is in a tmpfs is gone with the last container that uses it.
    /// For other drivers what those define.
    /// </summary>
    public ImmutableSortedDictionary<string, string> DriverOptions { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Adds a label, or replaces it.</summary>
    public VolumeSpec WithLabel(string name, string value) => this with { Labels = Labels.SetItem(name, value) };

    /// <summary>Adds an option of the driver, or replaces it.</summary>
    public VolumeSpec WithDriverOption(string name, string value) => this with { DriverOptions = DriverOptions.SetItem(name, value) };
}
