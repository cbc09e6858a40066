using System.Collections.Immutable;
using ContainerKit.Compose.Services;
using ContainerKit.Compose.Yaml;
using ContainerKit.Oci;

namespace ContainerKit.Compose;

/// <summary>A service of a project: what its containers are made of, and how many there are.</summary>
public sealed class ComposeService
{
    internal ComposeService(string name, YamlPosition position)
    {
        Name = name;
        Position = position;
    }

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>The image: as the file names it, or <c>PROJECT-SERVICE</c> for one that is only built.</summary>
    public string Image => Spec.Image;

    /// <summary>What each container is created from, without the labels and the name that tell it from the others.</summary>
    public ContainerSpec Spec { get; internal init; } = null!;

    /// <summary>How its image is built; null: it is pulled.</summary>
    public BuildSpec? Build { get; internal init; }

    /// <summary>How many containers there are, unless <see cref="ComposeUpOptions.Scale"/> says otherwise.</summary>
    public int Replicas { get; internal init; } = 1;

    /// <summary>The profiles that enable it; empty: it is always enabled.</summary>
    public ImmutableArray<string> Profiles { get; internal init; } = [];

    /// <summary>The services that it needs, those whose namespaces or volumes it shares included.</summary>
    public ImmutableArray<ComposeDependency> Dependencies { get; internal init; } = [];

    internal YamlPosition Position { get; }

    internal bool HasOwnImageName { get; init; }

    internal string? ContainerName { get; init; }

    internal ImagePolicy ImagePolicy { get; init; }

    internal Platform? Platform { get; init; }

    /// <summary>Services that its containers share a namespace or volumes with: they are replaced together.</summary>
    internal ImmutableArray<string> Shares { get; init; } = [];

    internal ImmutableArray<GrantedFile> Files { get; init; } = [];

    /// <summary>False: its output is not shown with that of the others.</summary>
    internal bool IsAttached { get; init; } = true;

    /// <summary>Tells its containers from those of another form of it.</summary>
    internal string Hash { get; init; } = "";

    /// <inheritdoc/>
    public override string ToString() => Name;
}
