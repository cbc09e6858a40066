using ContainerKit.Linux.Security;
using Xunit;

namespace ContainerKit.Linux.Tests.Security;

public sealed class CapabilitySetTests
{
    private static readonly CapabilitySet Kernel59 = new((1UL << 41) - 1);

    [Fact]
    public void There_are_41_capabilities_numbered_without_gaps()
        => Assert.Equal(Enumerable.Range(0, 41), Enum.GetValues<Capability>().Select(c => (int)c));

    [Theory]
    [InlineData("CAP_NET_ADMIN")]
    [InlineData("net_admin")]
    [InlineData("Cap_Net_Admin")]
    [InlineData("NET_ADMIN")]
    public void Names_are_read_in_any_case_with_or_without_prefix(string name)
        => Assert.Equal([Capability.CAP_NET_ADMIN], CapabilitySet.Parse(name));

    [Theory]
    [InlineData("")]
    [InlineData("CAP_")]
    [InlineData("CAP_CAP_KILL")]
    [InlineData("12")]
    [InlineData("NET ADMIN")]
    public void Other_names_are_refused_with_the_valid_form(string name)
        => Assert.Contains("CAP_NET_ADMIN", Assert.Throws<ArgumentException>(() => CapabilitySet.Parse(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_default_set_is_that_of_Docker()
    {
        Assert.Equal(0xA80425FBUL, CapabilitySet.Default.Mask);
        Assert.Equal(14, CapabilitySet.Default.Count);
    }

    [Fact]
    public void All_is_what_the_kernel_has()
    {
        int last = int.Parse(File.ReadAllText("/proc/sys/kernel/cap_last_cap"), null);
        Assert.Equal(last + 1, CapabilitySet.All.Count);
        Assert.Equal(CapabilitySet.All, CapabilitySet.Parse("all"));
        Assert.True(CapabilitySet.All.IsSupersetOf(CapabilitySet.ReadCurrent().Bounding));
        Assert.True(CapabilitySet.All.IsSupersetOf(CapabilitySet.ReadCurrent().Effective));
    }

    [Fact]
    public void Sets_can_be_combined()
    {
        CapabilitySet set = [Capability.CAP_KILL, Capability.CAP_BPF];
        Assert.True(set.Contains(Capability.CAP_BPF));
        Assert.False(set.Remove(Capability.CAP_BPF).Contains(Capability.CAP_BPF));
        Assert.Equal([Capability.CAP_KILL, Capability.CAP_SYSLOG], set.Remove(Capability.CAP_BPF).Add(Capability.CAP_SYSLOG));
        Assert.Equal([Capability.CAP_KILL], set.Intersect(CapabilitySet.Default));
        Assert.Equal(set, set.Union(CapabilitySet.Empty).Except(CapabilitySet.Empty));
        Assert.True(set == new CapabilitySet(set.Mask));
        Assert.True(CapabilitySet.Empty.IsEmpty);
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Add((Capability)64));
        Assert.Throws<ArgumentOutOfRangeException>(() => set.Contains((Capability)(-1)));
    }

    [Fact]
    public void A_set_is_written_as_names_and_a_newer_capability_as_its_number()
    {
        Assert.Equal("CAP_CHOWN,CAP_KILL", CapabilitySet.Parse(["kill", "chown"]).ToString());
        Assert.Equal("CAP_CHOWN,63", new CapabilitySet(1 | (1UL << 63)).ToString());
        Assert.Equal("", CapabilitySet.Empty.ToString());
    }

    [Theory]
    [InlineData("", "", "default")]
    [InlineData("NET_ADMIN", "", "default+NET_ADMIN")]
    [InlineData("", "CHOWN,KILL", "default-CHOWN,KILL")]
    [InlineData("CHOWN", "CHOWN", "default")]
    [InlineData("", "ALL", "")]
    [InlineData("NET_ADMIN,CHOWN", "ALL", "NET_ADMIN,CHOWN")]
    [InlineData("NET_ADMIN", "ALL,CHOWN", "NET_ADMIN")]
    [InlineData("ALL", "", "all")]
    [InlineData("ALL", "SYS_ADMIN,cap_bpf", "all-SYS_ADMIN,BPF")]
    [InlineData("ALL,NET_ADMIN", "NET_ADMIN", "all-NET_ADMIN")]
    [InlineData("ALL", "ALL", "all")]
    public void Additions_and_drops_follow_the_rules_of_Docker(string add, string drop, string expected)
        => Assert.Equal(Evaluate(expected), CapabilityNames.Merge(Split(add), Split(drop), CapabilitySet.Default, Kernel59));

    [Fact]
    public void A_capability_that_the_kernel_lacks_is_refused()
    {
        var kernel4 = new CapabilitySet((1UL << 38) - 1);
        Assert.Throws<ArgumentException>(() => CapabilityNames.Merge(["BPF"], [], CapabilitySet.Default, kernel4));
        Assert.Throws<ArgumentException>(() => CapabilitySet.Merge(["NO_SUCH"], []));
        Assert.Throws<ArgumentException>(() => CapabilitySet.Merge([], ["NO_SUCH"]));
        Assert.Equal(CapabilitySet.Default, CapabilitySet.Merge([], []));
    }

    private static CapabilitySet Evaluate(string text)
    {
        string[] parts = text.Split('+', '-');
        CapabilitySet start = parts[0] switch { "default" => CapabilitySet.Default, "all" => Kernel59, _ => CapabilitySet.Parse(Split(parts[0])) };
        if (parts.Length == 1) return start;
        CapabilitySet other = CapabilitySet.Parse(Split(parts[1]));
        return text.Contains('+', StringComparison.Ordinal) ? start.Union(other) : start.Except(other);
    }

    private static string[] Split(string names) => names.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
