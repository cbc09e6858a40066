using System.Collections.Immutable;
using ContainerKit.Runtime;

namespace ContainerKit.Containers.Translation;

/// <summary>Mounts in an order in which none hides an earlier one: by the depth of their targets.</summary>
internal static class MountOrder
{
    /// <summary>The path without empty and <c>.</c> parts; null when it has <c>..</c>.</summary>
    internal static string? Normalize(string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts.Contains("..") ? null : "/" + string.Join('/', parts.Where(part => part != "."));
    }

    /// <summary>Sorts by depth; mounts of the same depth stay in the order in which they were given.</summary>
    internal static ImmutableArray<RuntimeMount> Sort(IEnumerable<RuntimeMount> mounts)
        => [.. mounts.OrderBy(mount => mount.Target.AsSpan().Count('/'))];
}
