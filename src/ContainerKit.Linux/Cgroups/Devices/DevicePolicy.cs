using System.Collections.Immutable;

namespace ContainerKit.Linux.Cgroups.Devices;

/// <summary>The devices that the processes of a cgroup may use. What no rule allows is refused with EPERM.</summary>
public sealed class DevicePolicy : IEquatable<DevicePolicy>
{
    /// <summary>Creates a policy of these rules.</summary>
    /// <param name="rules">What is allowed, at most 256 rules.</param>
    /// <exception cref="ArgumentException">A rule is out of range, or there are too many.</exception>
    public DevicePolicy(ImmutableArray<DeviceRule> rules)
    {
        // The program of 256 rules stays far below the 4096 instructions of kernels before 5.2 and of the jump offsets.
        if (rules.IsDefault || rules.Length > 256)
            throw new ArgumentException($"Devices has {(rules.IsDefault ? "no" : rules.Length)} rules; allowed: 0 to 256.", nameof(rules));

        foreach (DeviceRule rule in rules)
            rule.Validate();
        Rules = rules;
    }

    /// <summary>
    /// Docker's default list, except that device files can be made only for devices that may be used: null, zero, full, random, urandom,
    /// tty, console, ptmx and pseudo-terminals.
    /// </summary>
    public static DevicePolicy Default { get; } = new(
    [
        Character(1, 3), Character(1, 5), Character(1, 7), Character(1, 8), Character(1, 9),
        Character(5, 0), Character(5, 1), Character(5, 2), Character(136, null),
    ]);

    /// <summary>What is allowed.</summary>
    public ImmutableArray<DeviceRule> Rules { get; }

    /// <summary>A policy that also allows what <paramref name="rule"/> says.</summary>
    /// <exception cref="ArgumentException">The rule is out of range, or there are too many.</exception>
    public DevicePolicy Allow(DeviceRule rule) => new(Rules.Add(rule));

    /// <inheritdoc/>
    public bool Equals(DevicePolicy? other) => other is not null && Rules.AsSpan().SequenceEqual(other.Rules.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DevicePolicy);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (DeviceRule rule in Rules)
            hash.Add(rule);
        return hash.ToHashCode();
    }

    private static DeviceRule Character(int major, int? minor) => new(DeviceKind.Character, major, minor, DeviceAccess.All);
}
