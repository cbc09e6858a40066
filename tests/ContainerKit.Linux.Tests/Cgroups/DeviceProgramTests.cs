using System.Runtime.CompilerServices;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Cgroups.Devices;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

public sealed class DeviceProgramTests
{
    [Theory]
    [InlineData(DeviceKind.Character, DeviceAccess.Read | DeviceAccess.Write, 1u, 3u, true)] // null
    [InlineData(DeviceKind.Character, DeviceAccess.MakeNode, 1u, 3u, true)]
    [InlineData(DeviceKind.Character, DeviceAccess.All, 136u, 77u, true)] // a pseudo-terminal
    [InlineData(DeviceKind.Character, DeviceAccess.Read, 1u, 1u, false)] // mem
    [InlineData(DeviceKind.Block, DeviceAccess.Read, 1u, 3u, false)] // a ram disk
    [InlineData(DeviceKind.Block, DeviceAccess.MakeNode, 8u, 0u, false)] // a disk
    [InlineData(DeviceKind.Character, DeviceAccess.MakeNode, 10u, 200u, false)] // tun
    public void The_default_policy_allows_what_it_lists(DeviceKind kind, DeviceAccess access, uint major, uint minor, bool expected)
        => Assert.Equal(expected, Allows(DevicePolicy.Default, kind, access, major, minor));

    [Fact]
    public void Every_rule_means_the_same_as_in_words()
    {
        DeviceRule[] rules =
        [
            new(DeviceKind.Any, 7, null, DeviceAccess.Read),
            new(DeviceKind.Block, null, 3, DeviceAccess.Write | DeviceAccess.MakeNode),
            new(DeviceKind.Character, 4095, 1048575, DeviceAccess.All),
            new(DeviceKind.Any, null, null, DeviceAccess.MakeNode),
        ];
        foreach (DeviceRule rule in rules)
        {
            DevicePolicy policy = new([new DeviceRule(DeviceKind.Block, 99, 99, DeviceAccess.All), rule]);
            foreach (DeviceKind kind in (DeviceKind[])[DeviceKind.Block, DeviceKind.Character])
            {
                for (int access = 1; access <= 7; access++)
                {
                    foreach ((int major, int minor) in ((int, int)[])[(7, 3), (7, 0), (0, 3), (4095, 1048575), (4095, 0), (0, 0)])
                    {
                        bool expected = (rule.Kind == DeviceKind.Any || rule.Kind == kind) && (rule.Major ?? major) == major
                            && (rule.Minor ?? minor) == minor && (access & ~(int)rule.Access) == 0;
                        Assert.Equal(expected, Allows(policy, kind, (DeviceAccess)access, (uint)major, (uint)minor));
                    }
                }
            }
        }
    }

    [Fact]
    public void A_policy_without_rules_allows_nothing()
        => Assert.False(Allows(new DevicePolicy([]), DeviceKind.Character, DeviceAccess.Read, 1, 3));

    [Fact]
    public void A_rule_for_everything_ends_the_program()
    {
        DevicePolicy policy = DevicePolicy.Default.Allow(new DeviceRule(DeviceKind.Any, null, null, DeviceAccess.All))
            .Allow(new DeviceRule(DeviceKind.Block, 8, 0, DeviceAccess.Read));

        Assert.True(Allows(policy, DeviceKind.Block, DeviceAccess.All, 8, 1));
        Assert.Equal(BpfInstruction.Exit, DeviceProgram.Assemble(policy)[^1]);
        Assert.Equal(DeviceProgram.Assemble(policy).Count, DeviceProgram.Assemble(new DevicePolicy(policy.Rules[..^1])).Count);
    }

    [Fact]
    public void Instructions_are_encoded_as_struct_bpf_insn()
        // r3 = *(u32 *)(r1 + 8); if r4 != -2 goto +3
        => Assert.Equal(
            [0x0000_0000_0008_13_61UL, 0xffff_fffe_0003_04_55UL],
            (ulong[])[BpfInstruction.Load(3, 1, 8).Encode(), new BpfInstruction(0x55, 4, 0, 3, -2).Encode()]);

    [Fact]
    public void Attributes_are_laid_out_as_union_bpf_attr()
    {
        Assert.Equal(48, Unsafe.SizeOf<LoadedDeviceProgram.LoadAttributes>());
        Assert.Equal(16, Unsafe.SizeOf<LoadedDeviceProgram.AttachAttributes>());
    }

    [Fact]
    public void The_verifier_accepts_the_largest_policy_and_every_kind_of_rule()
    {
        DeviceRule[] rules = [.. Enumerable.Range(0, 256).Select(number => new DeviceRule(
            (DeviceKind)(number % 3), number % 5 == 0 ? null : number, number % 7 == 0 ? null : number, (DeviceAccess)(1 + number % 6)))];
        foreach (DevicePolicy policy in (DevicePolicy[])[new([.. rules]), new([]), DevicePolicy.Default,
            DevicePolicy.Default.Allow(new DeviceRule(DeviceKind.Any, null, null, DeviceAccess.All))])
        {
            try
            {
                LoadedDeviceProgram.Load(policy).Dispose();
            }
            catch (LinuxException error) when (error.Errno is Errno.EPERM or Errno.ENOSYS)
            {
                Assert.Skip($"missing capability: CAP_BPF ({error.Message})");
            }
        }
    }

    [Theory]
    [InlineData(4096, 0, DeviceAccess.Read)]
    [InlineData(-1, 0, DeviceAccess.Read)]
    [InlineData(1, 1 << 20, DeviceAccess.Read)]
    [InlineData(1, 1, DeviceAccess.None)]
    [InlineData(1, 1, (DeviceAccess)8)]
    public void A_rule_out_of_range_is_refused(int major, int minor, DeviceAccess access)
        => Assert.Contains(
            $"{major}:{minor}",
            Assert.Throws<ArgumentException>(() => new DevicePolicy([new DeviceRule(DeviceKind.Block, major, minor, access)])).Message,
            StringComparison.Ordinal);

    [Fact]
    public void More_rules_than_a_program_holds_are_refused()
        => Assert.Throws<ArgumentException>(
            () => new DevicePolicy([.. Enumerable.Range(0, 257).Select(minor => new DeviceRule(DeviceKind.Block, 8, minor, DeviceAccess.Read))]));

    [Fact]
    public void Version_1_is_told_to_deny_everything_first_and_never_reads_a_as_everything()
    {
        using FakeCgroup cgroup = new(CgroupVersion.V1, "devices.deny", "devices.allow");

        LegacyDevices.Apply(cgroup.Directory, new DevicePolicy([new DeviceRule(DeviceKind.Any, 7, null, DeviceAccess.Read)]));

        Assert.Equal("a", cgroup["devices.deny"]);
        Assert.Equal("c 7:* r", cgroup["devices.allow"]); // the later of the two writes
    }

    private static bool Allows(DevicePolicy policy, DeviceKind kind, DeviceAccess access, uint major, uint minor)
        => BpfInterpreter.Run([.. DeviceProgram.Assemble(policy).Select(instruction => instruction.Encode())], kind, access, major, minor) == 1;
}
