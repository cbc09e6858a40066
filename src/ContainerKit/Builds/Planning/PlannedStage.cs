using System.Collections.Immutable;
using ContainerKit.Builds.Parsing;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Planning;

/// <summary>A stage of a Dockerfile.</summary>
internal sealed record PlannedStage
{
    public required int Index { get; init; }

    /// <summary>In lower case; null for none.</summary>
    public string? Name { get; init; }

    public string Display => Name ?? Index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public required DockerfileInstruction From { get; init; }

    /// <summary>The stage below; null for an image or nothing.</summary>
    public int? BaseStage { get; init; }

    /// <summary>The image below; null for a stage or nothing.</summary>
    public string? BaseImage { get; init; }

    /// <summary>What the image below has to be for; null: what the build is for.</summary>
    public Platform? Platform { get; init; }

    public ImmutableArray<DockerfileInstruction> Instructions { get; init; } = [];

    /// <summary>The stages that have to be built before this one.</summary>
    public ImmutableArray<int> Needs { get; init; } = [];
}
