using System.Collections.Immutable;
using ContainerKit.Linux.Security;

namespace ContainerKit.Containers.Specs;

/// <summary>Which capabilities a container's processes have: Docker's default, what is added, what is dropped. capabilities(7).</summary>
internal static class CapabilityRule
{
    private static ImmutableArray<string> Default { get; } = NamesOf(CapabilitySet.Default);

    internal static void Validate(ImmutableArray<string> names, string option)
    {
        foreach (string name in names)
        {
            try
            {
                CapabilitySet.Parse(name);
            }
            catch (ArgumentException e)
            {
                throw new ArgumentException($"{option} {e.Message}", e);
            }
        }
    }

    internal static ImmutableArray<string> Resolve(ContainerSpec spec)
    {
        if (spec.Privileged)
            return All();
        return spec.AddedCapabilities.IsEmpty && spec.DroppedCapabilities.IsEmpty
            ? Default
            : NamesOf(CapabilitySet.Merge(spec.AddedCapabilities, spec.DroppedCapabilities));
    }

    /// <summary>All that have a name; what a privileged process gets beyond these is the runtime's.</summary>
    internal static ImmutableArray<string> All() => NamesOf(CapabilitySet.All);

    private static ImmutableArray<string> NamesOf(CapabilitySet set) => [.. set.Where(capability => Enum.IsDefined(capability)).Select(capability => capability.ToString())];
}
