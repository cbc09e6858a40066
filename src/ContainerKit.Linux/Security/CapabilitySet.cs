using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace ContainerKit.Linux.Security;

/// <summary>A set of capabilities, as the kernel's 64-bit masks hold them; capabilities(7). The default value is the empty set.</summary>
[CollectionBuilder(typeof(CapabilitySet), nameof(Create))]
public readonly struct CapabilitySet : IEquatable<CapabilitySet>, IEnumerable<Capability>
{
    private static ulong allOfKernel;

    /// <summary>Creates a set from the kernel's mask, as in /proc/<i>pid</i>/status.</summary>
    /// <param name="mask">Bit <i>n</i> is the <see cref="Capability"/> of value <i>n</i>.</param>
    public CapabilitySet(ulong mask) => Mask = mask;

    /// <summary>No capability.</summary>
    public static CapabilitySet Empty => default;

    /// <summary>What a container gets when nothing else is said: the 14 of Docker, Podman and containerd.</summary>
    public static CapabilitySet Default { get; } =
    [
        Capability.CAP_CHOWN, Capability.CAP_DAC_OVERRIDE, Capability.CAP_FSETID, Capability.CAP_FOWNER, Capability.CAP_MKNOD,
        Capability.CAP_NET_RAW, Capability.CAP_SETGID, Capability.CAP_SETUID, Capability.CAP_SETFCAP, Capability.CAP_SETPCAP,
        Capability.CAP_NET_BIND_SERVICE, Capability.CAP_SYS_CHROOT, Capability.CAP_KILL, Capability.CAP_AUDIT_WRITE,
    ];

    /// <summary>Every capability that the running kernel knows (/proc/sys/kernel/cap_last_cap), named here or not.</summary>
    /// <exception cref="IOException">/proc isn't mounted.</exception>
    public static CapabilitySet All => new(allOfKernel != 0 ? allOfKernel : allOfKernel = UpTo(ReadLastCapability("/proc/sys/kernel/cap_last_cap")));

    /// <summary>The kernel's mask: bit <i>n</i> is the <see cref="Capability"/> of value <i>n</i>.</summary>
    public ulong Mask { get; }

    /// <summary>Number of capabilities in the set.</summary>
    public int Count => BitOperations.PopCount(Mask);

    /// <summary>True when there is none.</summary>
    public bool IsEmpty => Mask == 0;

    /// <summary>The set of <paramref name="capabilities"/>; what collection expressions call.</summary>
    public static CapabilitySet Create(ReadOnlySpan<Capability> capabilities)
    {
        ulong mask = 0;
        foreach (Capability capability in capabilities) mask |= Bit(capability);
        return new CapabilitySet(mask);
    }

    /// <summary>The set of the capabilities that <paramref name="names"/> name.</summary>
    /// <param name="names">Names as in <see cref="Parse(string)"/>.</param>
    /// <exception cref="ArgumentException">A name isn't that of a capability.</exception>
    public static CapabilitySet Parse(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return names.Aggregate(Empty, (set, name) => set.Union(Parse(name)));
    }

    /// <summary>The set that one name stands for.</summary>
    /// <param name="name">A capability's name in any case, with or without <c>CAP_</c>; or <c>ALL</c> for <see cref="All"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> isn't that of a capability.</exception>
    public static CapabilitySet Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Equals("ALL", StringComparison.OrdinalIgnoreCase)) return All;
        return CapabilityNames.TryParse(name, out Capability capability)
            ? Empty.Add(capability)
            : throw new ArgumentException(
                $"'{name}' is not a capability: expected ALL or a name of capabilities(7) such as NET_ADMIN or CAP_NET_ADMIN.", nameof(name));
    }

    /// <summary>The capabilities of a container under Docker's <c>--cap-add</c> and <c>--cap-drop</c>.</summary>
    /// <remarks>
    /// <c>ALL</c> is applied first, whatever its place: adding ALL starts from <see cref="All"/> and takes the drops away; dropping ALL
    /// starts from nothing and gives the additions (ALL in both lists gives everything but the names dropped). Otherwise the drops are
    /// taken from <see cref="Default"/> and the additions given, so that a capability in both lists stays.
    /// </remarks>
    /// <param name="add">Names to add, as in <see cref="Parse(string)"/>.</param>
    /// <param name="drop">Names to drop, as in <see cref="Parse(string)"/>.</param>
    /// <returns>A set within <see cref="All"/>.</returns>
    /// <exception cref="ArgumentException">A name isn't that of a capability, or the running kernel doesn't have it.</exception>
    public static CapabilitySet Merge(IEnumerable<string> add, IEnumerable<string> drop)
        => CapabilityNames.Merge(add, drop, Default, All);

    /// <summary>The bounding and the effective set of the calling thread's process, from /proc/self/status.</summary>
    /// <exception cref="IOException">/proc isn't mounted.</exception>
    public static (CapabilitySet Bounding, CapabilitySet Effective) ReadCurrent()
    {
        CapabilitySet bounding = default, effective = default;
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("CapBnd:", StringComparison.Ordinal)) bounding = ParseMask(line.AsSpan(7));
            else if (line.StartsWith("CapEff:", StringComparison.Ordinal)) effective = ParseMask(line.AsSpan(7));
        }
        return (bounding, effective);
    }

    /// <summary>True when the set has <paramref name="capability"/>.</summary>
    public bool Contains(Capability capability) => (Mask & Bit(capability)) != 0;

    /// <summary>True when the set has every capability of <paramref name="other"/>.</summary>
    public bool IsSupersetOf(CapabilitySet other) => (other.Mask & ~Mask) == 0;

    /// <summary>This set and <paramref name="capability"/>.</summary>
    public CapabilitySet Add(Capability capability) => new(Mask | Bit(capability));

    /// <summary>This set without <paramref name="capability"/>.</summary>
    public CapabilitySet Remove(Capability capability) => new(Mask & ~Bit(capability));

    /// <summary>What is in this set or in <paramref name="other"/>.</summary>
    public CapabilitySet Union(CapabilitySet other) => new(Mask | other.Mask);

    /// <summary>What is in this set and not in <paramref name="other"/>.</summary>
    public CapabilitySet Except(CapabilitySet other) => new(Mask & ~other.Mask);

    /// <summary>What is in both sets.</summary>
    public CapabilitySet Intersect(CapabilitySet other) => new(Mask & other.Mask);

    /// <summary>The capabilities by their numbers.</summary>
    public IEnumerator<Capability> GetEnumerator()
    {
        for (ulong rest = Mask; rest != 0; rest &= rest - 1) yield return (Capability)BitOperations.TrailingZeroCount(rest);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(CapabilitySet other) => Mask == other.Mask;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CapabilitySet other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Mask.GetHashCode();

    /// <summary>The names, <c>CAP_CHOWN,CAP_KILL</c>; one that has no name here is its number; empty for the empty set.</summary>
    public override string ToString() => string.Join(',', this.Select(CapabilityNames.Get));

    /// <summary>True for equal sets.</summary>
    public static bool operator ==(CapabilitySet left, CapabilitySet right) => left.Equals(right);

    /// <summary>True for different sets.</summary>
    public static bool operator !=(CapabilitySet left, CapabilitySet right) => !left.Equals(right);

    private static ulong Bit(Capability capability) => (uint)capability < 64
        ? 1UL << (int)capability
        : throw new ArgumentOutOfRangeException(nameof(capability), capability, "The kernel's sets have 64 bits.");

    private static ulong UpTo(int last) => last >= 63 ? ulong.MaxValue : (1UL << (last + 1)) - 1;

    private static int ReadLastCapability(string path) => int.Parse(File.ReadAllText(path), NumberStyles.Integer, CultureInfo.InvariantCulture);

    private static CapabilitySet ParseMask(ReadOnlySpan<char> text)
        => new(ulong.Parse(text.Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}
