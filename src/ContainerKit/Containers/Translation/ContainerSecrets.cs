using System.Collections.Immutable;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Translation;

/// <summary>What the processes of a container see and no file of this machine holds: it is handed to the container in memory.</summary>
/// <param name="Environment">Variables, which win over all others.</param>
/// <param name="Files">Files, together at most <see cref="MaxFileBytes"/>.</param>
internal sealed record ContainerSecrets(ImmutableSortedDictionary<string, string?> Environment, ImmutableArray<RuntimeFile> Files)
{
    /// <summary>What the memory of a launch has room for, with plenty left for everything else in it.</summary>
    internal const int MaxFileBytes = 512 << 10;

    /// <summary>Never the secrets.</summary>
    public override string ToString() => "(secrets)";
}
