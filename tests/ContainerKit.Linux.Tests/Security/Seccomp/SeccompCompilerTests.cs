using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Security;
using Xunit;

namespace ContainerKit.Linux.Tests.Security.Seccomp;

public sealed class SeccompCompilerTests
{
    private static readonly uint[] Tokens = [0xC000003E, 0x40000003, 0xC00000B7, 0x40000028, 0, 0x80000016];

    private static readonly uint[] Numbers =
    [
        .. Enumerable.Range(0, 560).Select(n => (uint)n),
        .. Enumerable.Range(0x4000_0000, 560).Select(n => (uint)n),
        .. Enumerable.Range(0xF_0000, 8).Select(n => (uint)n),
        0x3FFF_FFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF,
    ];

    private static readonly ulong[] Values =
    [
        0, 1, 2, 8, 37, 38, 39, 40, 41, 0x2_0000, 0x2_0008, 0x7E02_0000, 0x1000_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF,
        0x1_0000_0000, 0x1_0000_0028, 0x28_0000_0000, 0x1000_0000_7E02_0000, 0xFFFF_FFFF_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, ulong.MaxValue,
    ];

    public static TheoryData<string, string, string> Targets() => new(
        from native in (string[])["X64", "Arm64"]
        from capabilities in (string[])["", "default", "SYS_ADMIN", "SYS_PTRACE,BPF,SYS_TIME,SYS_CHROOT", "all"]
        from kernel in (string[])["3.10", "4.8", "6.18"]
        select (native, capabilities, kernel));

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_default_profile_decides_every_call_as_its_rules_say(string native, string capabilities, string kernel)
    {
        var target = new SeccompTarget(Capabilities(capabilities), Version.Parse(kernel), Enum.Parse<SyscallArchitecture>(native));
        AssertSameDecisions(SeccompProfile.Default, target, EnabledBy(target), new Random(1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_made_up_profile_decides_every_call_as_its_rules_say(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 40; round++)
        {
            SyscallArchitecture native = round % 2 == 0 ? SyscallArchitecture.X64 : SyscallArchitecture.Arm64;
            var target = new SeccompTarget(CapabilitySet.Default, new Version(5, 10), native);
            bool compat = random.Next(2) == 0;
            SeccompProfile profile = RandomProfile(random, compat);
            AssertSameDecisions(profile, target, compat ? EnabledBy(target) : [native], random);
        }
    }

    [Fact]
    public void Jumps_reach_across_a_program_far_longer_than_their_offsets()
    {
        SyscallTable table = SyscallTable.Get(SyscallArchitecture.X64);
        var profile = new SeccompProfile
        {
            DefaultAction = SeccompAction.Fail(Errno.EACCES),
            Rules =
            [
                .. table.Names.Select(name => new SeccompRule
                {
                    Names = [name],
                    Action = SeccompAction.Trace((ushort)table.GetNumber(name)),
                    Arguments = [new SeccompArgument(1, SeccompOperator.GreaterThan, 40 + (ulong)table.GetNumber(name))],
                }),
            ],
        };
        var target = new SeccompTarget(default, new Version(6, 0), SyscallArchitecture.X64);
        Assert.True(profile.Compile(target).InstructionCount > 2000);
        AssertSameDecisions(profile, target, [SyscallArchitecture.X64], new Random(5));
    }

    [Fact]
    public void A_long_list_of_conditions_on_one_call_works()
    {
        var profile = new SeccompProfile
        {
            DefaultAction = SeccompAction.KillProcess,
            Rules =
            [
                .. Enumerable.Range(0, 700).Select(i => new SeccompRule
                {
                    Names = ["ioctl"],
                    Action = i % 3 == 0 ? SeccompAction.Fail((Errno)(i % 100)) : SeccompAction.Allow,
                    Arguments = [new SeccompArgument(1, i % 7 == 0 ? SeccompOperator.MaskedEqual : SeccompOperator.Equal, (ulong)i * 3, (ulong)i)],
                }),
            ],
        };
        var target = new SeccompTarget(default, new Version(6, 0), SyscallArchitecture.X64);
        AssertSameDecisions(profile, target, [SyscallArchitecture.X64], new Random(6));
    }

    [Fact]
    public void A_profile_that_needs_too_many_instructions_is_refused()
    {
        var profile = new SeccompProfile
        {
            DefaultAction = SeccompAction.Allow,
            Rules =
            [
                .. Enumerable.Range(0, 1500).Select(i => new SeccompRule
                {
                    Names = ["ioctl"],
                    Action = SeccompAction.Trap,
                    Arguments = [new SeccompArgument(1, SeccompOperator.GreaterThan, (ulong)i)],
                }),
            ],
        };
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => profile.Compile(CapabilitySet.Empty));
        Assert.Contains("4096", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_instruction_is_laid_out_as_struct_sock_filter()
    {
        SockFilter[] one = [new SockFilter(0x1234, 0x56, 0x78, 0x9ABCDEF0)];
        Assert.Equal([0x34, 0x12, 0x56, 0x78, 0xF0, 0xDE, 0xBC, 0x9A], MemoryMarshal.AsBytes<SockFilter>(one).ToArray());
    }

    [Fact]
    public void Calls_of_an_architecture_that_is_not_listed_end_the_process()
    {
        var profile = new SeccompProfile { DefaultAction = SeccompAction.Allow };
        SeccompFilter filter = profile.Compile(new SeccompTarget(default, new Version(6, 0), SyscallArchitecture.X64));
        Assert.Equal(0x7FFF_0000u, BpfMachine.Run(filter, 0xC000003E, 1, default));
        Assert.Equal(0x8000_0000u, BpfMachine.Run(filter, 0x40000003, 1, default));
        Assert.Equal(0x8000_0000u, BpfMachine.Run(filter, 0xC000003E, 0x4000_0001, default));
        Assert.Equal(0x7FFF_0000u, BpfMachine.Run(filter, 0xC000003E, 0xFFFF_FFFF, default));
    }

    [Fact]
    public void The_same_profile_gives_the_same_bytes()
    {
        SeccompFilter first = SeccompProfile.Default.Compile(CapabilitySet.Default);
        SeccompFilter second = SeccompProfile.Default.Compile(CapabilitySet.Default);
        Assert.True(first.Program.Span.SequenceEqual(second.Program.Span));
        Assert.Equal(first.InstructionCount * 8, first.Program.Length);
    }

    [Fact]
    public void The_search_takes_at_most_a_dozen_comparisons()
    {
        SeccompFilter filter = SeccompProfile.Default.Compile(new SeccompTarget(CapabilitySet.Default, new Version(6, 0), SyscallArchitecture.X64));
        string[] lines = filter.Disassemble().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(filter.InstructionCount, lines.Length);
        Assert.Equal("   0: ld  [arch]", lines[0]);
        Assert.StartsWith("   1: jeq #0xc000003e, ", lines[1], StringComparison.Ordinal);
        Assert.InRange(filter.InstructionCount, 200, 1000);
        for (uint number = 0; number < 480; number++) Assert.InRange(BpfMachine.Steps(filter, 0xC000003E, number), 3, 20);
    }

    private static void AssertSameDecisions(SeccompProfile profile, SeccompTarget target, SyscallArchitecture[] enabled, Random random)
    {
        SeccompFilter filter = profile.Compile(target);
        BpfMachine.Verify(filter);
        var oracle = new ProfileOracle(profile, target, enabled);
        HashSet<int> compared = [.. profile.Rules.SelectMany(r => r.Arguments).Select(a => a.Index)];
        ulong[] values = [.. Values, .. profile.Rules.SelectMany(r => r.Arguments).SelectMany(a => (ulong[])[a.Value - 1, a.Value, a.Value + 1, a.ValueTwo])];
        ulong[] arguments = new ulong[6];
        foreach (uint token in Tokens)
        {
            foreach (uint number in Numbers)
            {
                for (int i = oracle.LooksAtArguments(token, number) ? 40 : 1; i > 0; i--)
                {
                    foreach (int index in compared) arguments[index] = values[random.Next(values.Length)];
                    uint expected = oracle.Decide(token, number, arguments);
                    uint actual = BpfMachine.Run(filter, token, number, arguments);
                    if (expected != actual)
                        Assert.Fail($"{token:x} {number:x}({string.Join(',', arguments.Select(a => a.ToString("x", null)))}): {expected:x} but {actual:x}");
                }
            }
        }
    }

    private static SeccompProfile RandomProfile(Random random, bool compat)
    {
        string[] names = [.. Enum.GetValues<SyscallArchitecture>().SelectMany(a => SyscallTable.Get(a).Names).Distinct().Order(), "no_such_call"];
        SeccompAction[] actions =
        [
            SeccompAction.Allow, SeccompAction.Log, SeccompAction.Trap, SeccompAction.KillThread, SeccompAction.KillProcess,
            SeccompAction.Fail(Errno.EPERM), SeccompAction.Fail((Errno)4095), SeccompAction.Trace(7),
        ];
        return new SeccompProfile
        {
            DefaultAction = Pick(actions),
            Architectures = compat ? ["SCMP_ARCH_X86", "SCMP_ARCH_ARM", "SCMP_ARCH_MIPS64", "SCMP_ARCH_X32"] : [],
            Rules = [.. Enumerable.Range(0, random.Next(40)).Select(_ => Rule())],
        };

        T Pick<T>(T[] from) => from[random.Next(from.Length)];

        SeccompRule Rule() => new()
        {
            Names = [.. Enumerable.Range(0, 1 + random.Next(20)).Select(_ => Pick(names))],
            Action = Pick(actions),
            Arguments = [.. Enumerable.Range(0, Math.Max(0, random.Next(6) - 2)).Select(_ => Argument())],
        };

        SeccompArgument Argument()
        {
            ulong mask = Pick(Values);
            return new SeccompArgument(random.Next(6), Pick(Enum.GetValues<SeccompOperator>()), mask, random.Next(4) == 0 ? Pick(Values) : mask & Pick(Values));
        }
    }

    private static SyscallArchitecture[] EnabledBy(SeccompTarget target) => target.Architecture == SyscallArchitecture.X64
        ? [SyscallArchitecture.X64, SyscallArchitecture.X86, SyscallArchitecture.X32]
        : [SyscallArchitecture.Arm64, SyscallArchitecture.Arm];

    private static CapabilitySet Capabilities(string names) => names switch
    {
        "default" => CapabilitySet.Default,
        _ => CapabilitySet.Parse(names.Split(',', StringSplitOptions.RemoveEmptyEntries)),
    };
}
