using System.Globalization;

namespace ContainerKit.Linux.Security;

/// <summary>Capabilities by name, and Docker's rules for lists of names.</summary>
internal static class CapabilityNames
{
    private const string Prefix = "CAP_";

    /// <summary>By number, without the prefix.</summary>
    private static readonly string[] Names = Array.ConvertAll(Enum.GetNames<Capability>(), name => name[Prefix.Length..]);

    /// <summary>CAP_*, or the number of a capability that is newer than <see cref="Capability"/>.</summary>
    internal static string Get(Capability capability)
        => (int)capability < Names.Length ? Prefix + Names[(int)capability] : ((int)capability).ToString(CultureInfo.InvariantCulture);

    internal static bool TryParse(ReadOnlySpan<char> name, out Capability capability)
    {
        if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) name = name[Prefix.Length..];
        for (int i = 0; i < Names.Length; i++)
        {
            if (!name.Equals(Names[i], StringComparison.OrdinalIgnoreCase)) continue;
            capability = (Capability)i;
            return true;
        }
        capability = default;
        return false;
    }

    internal static CapabilitySet Merge(IEnumerable<string> add, IEnumerable<string> drop, CapabilitySet defaults, CapabilitySet all)
    {
        (bool addAll, CapabilitySet added) = Read(add, all);
        (bool dropAll, CapabilitySet dropped) = Read(drop, all);
        if (addAll) return all.Except(dropped);
        return (dropAll ? CapabilitySet.Empty : defaults.Except(dropped).Intersect(all)).Union(added);
    }

    private static (bool All, CapabilitySet Named) Read(IEnumerable<string> names, CapabilitySet all)
    {
        ArgumentNullException.ThrowIfNull(names);
        bool everything = false;
        CapabilitySet named = default;
        foreach (string name in names)
        {
            if (string.Equals(name, "ALL", StringComparison.OrdinalIgnoreCase))
            {
                everything = true;
                continue;
            }
            CapabilitySet one = CapabilitySet.Parse(name);
            if (!all.IsSupersetOf(one)) throw new ArgumentException($"This kernel does not have the capability {one}.", nameof(names));
            named = named.Union(one);
        }
        return (everything, named);
    }
}
