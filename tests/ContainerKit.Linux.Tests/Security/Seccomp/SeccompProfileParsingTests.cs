using System.Text;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Security;
using Xunit;

namespace ContainerKit.Linux.Tests.Security.Seccomp;

public sealed class SeccompProfileParsingTests
{
    [Fact]
    public void A_profile_in_Docker_form_is_read()
    {
        SeccompProfile profile = Parse("""
            {
              "defaultAction": "SCMP_ACT_ERRNO",
              "defaultErrnoRet": 13,
              "archMap": [
                { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] },
                { "architecture": "SCMP_ARCH_RISCV64", "subArchitectures": null }
              ],
              "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"],
              "syscalls": [
                { "names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": null, "comment": "x", "includes": {}, "excludes": {} },
                { "name": "clone3", "action": "SCMP_ACT_ERRNO", "errnoRet": 38, "excludes": { "caps": ["CAP_SYS_ADMIN"] } },
                {
                  "names": ["personality"], "action": "SCMP_ACT_LOG",
                  "args": [{ "index": 0, "value": 18446744073709551615, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ" }],
                  "includes": { "arches": ["amd64"], "minKernel": "4.8" }
                }
              ]
            }
            """);

        Assert.Equal(SeccompAction.Fail(Errno.EACCES), profile.DefaultAction);
        Assert.Equal(["SCMP_ARCH_X86_64", "SCMP_ARCH_RISCV64"], profile.ArchitectureMaps.Select(m => m.Architecture));
        Assert.Equal(["SCMP_ARCH_X86"], profile.ArchitectureMaps[0].SubArchitectures);
        Assert.Equal(SeccompFilterFlags.Log, profile.Flags);
        Assert.Equal(["read", "write"], profile.Rules[0].Names);
        Assert.Equal(["clone3"], profile.Rules[1].Names);
        Assert.Equal(SeccompAction.Fail(Errno.ENOSYS), profile.Rules[1].Action);
        Assert.Equal(["CAP_SYS_ADMIN"], profile.Rules[1].Excludes.Capabilities);
        Assert.Equal([new SeccompArgument(0, SeccompOperator.MaskedEqual, ulong.MaxValue, 3)], profile.Rules[2].Arguments);
        Assert.Equal(new Version(4, 8), profile.Rules[2].Includes.MinimumKernel);
        Assert.Equal(["amd64"], profile.Rules[2].Includes.Architectures);
    }

    [Fact]
    public void A_denied_call_fails_with_EPERM_unless_the_profile_says_otherwise()
        => Assert.Equal(SeccompAction.Fail(Errno.EPERM), Parse("""{ "defaultAction": "SCMP_ACT_ERRNO" }""").DefaultAction);

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("null", "the document is null")]
    [InlineData("[]", "not valid JSON")]
    [InlineData("{}", "defaultAction is missing")]
    [InlineData("""{ "defaultAction": "ALLOW" }""", "defaultAction is 'ALLOW'")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_NOTIFY" }""", "not supported")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096 }""", "4096")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": -1 }""", "not valid JSON")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_VAX"] }""", "architectures[0] is 'SCMP_ARCH_VAX'")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": [null] }""", "architectures[0] is null")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/agent" }""", "listenerPath")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_X"] }""", "flags[0]")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [null] }""", "syscalls[0] is null")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "action": "SCMP_ACT_TRAP" }] }""", "syscalls[0].names")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "name": "a", "names": ["b"], "action": "SCMP_ACT_TRAP" }] }""", "both 'name' and 'names'")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "name": "a" }] }""", "syscalls[0].action is missing")]
    public void A_broken_profile_is_refused_with_the_place_of_the_error(string json, string expected)
        => Assert.Contains(expected, Assert.Throws<FormatException>(() => Parse(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "index": 6, "value": 1, "op": "SCMP_CMP_EQ" }""", "syscalls[0].args[0].index is 6")]
    [InlineData("""{ "index": 0, "value": 1, "op": "EQ" }""", "syscalls[0].args[0].op is 'EQ'")]
    [InlineData("""{ "index": 0, "value": -1, "op": "SCMP_CMP_EQ" }""", "not valid JSON")]
    [InlineData("null", "syscalls[0].args[0] is null")]
    public void A_broken_argument_is_refused_with_its_place(string argument, string expected)
    {
        string json = $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "name": "a", "action": "SCMP_ACT_TRAP", "args": [{{argument}}] }] }""";
        Assert.Contains(expected, Assert.Throws<FormatException>(() => Parse(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4")]
    [InlineData("4.8.1")]
    [InlineData("0.0")]
    [InlineData("4.x")]
    [InlineData("4.256")]
    public void A_kernel_version_is_two_numbers(string version)
    {
        string json = $$"""
            { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "name": "a", "action": "SCMP_ACT_TRAP", "includes": { "minKernel": "{{version}}" } }] }
            """;
        Assert.Contains("syscalls[0].includes.minKernel", Assert.Throws<FormatException>(() => Parse(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_forms_of_architectures_at_once_are_refused()
    {
        const string Json = """
            { "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"], "archMap": [{ "architecture": "SCMP_ARCH_X86_64" }] }
            """;
        Assert.Contains("only one", Assert.Throws<FormatException>(() => Parse(Json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_and_capabilities_that_nobody_knows_are_passed_over()
    {
        SeccompProfile profile = Parse("""
            {
              "defaultAction": "SCMP_ACT_ERRNO",
              "syscalls": [
                { "names": ["teleport", "getpid"], "action": "SCMP_ACT_ALLOW" },
                { "names": ["getppid"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_TELEPORT"] } },
                { "names": ["getuid"], "action": "SCMP_ACT_ALLOW", "excludes": { "caps": ["CAP_TELEPORT"] } }
              ]
            }
            """);
        SeccompFilter filter = profile.Compile(new SeccompTarget(CapabilitySet.Default, new Version(6, 1), SyscallArchitecture.X64));
        Assert.Equal(0x7FFF_0000u, BpfMachine.Run(filter, 0xC000003E, 39, default));
        Assert.Equal(0x0005_0026u, BpfMachine.Run(filter, 0xC000003E, 110, default));
        Assert.Equal(0x7FFF_0000u, BpfMachine.Run(filter, 0xC000003E, 102, default));
    }

    [Fact]
    public void Damaged_text_is_refused_or_read_but_never_fails_otherwise()
    {
        byte[] text = Encoding.UTF8.GetBytes("""
            {"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],
             "flags":["SECCOMP_FILTER_FLAG_LOG"],"syscalls":[{"names":["read","openat"],"action":"SCMP_ACT_ALLOW","errnoRet":3,
             "args":[{"index":1,"value":77,"valueTwo":5,"op":"SCMP_CMP_MASKED_EQ"}],"includes":{"caps":["CAP_KILL"],"minKernel":"4.8"}}]}
            """);
        var random = new Random(7);
        int read = 0, refused = 0;
        for (int round = 0; round < 5000; round++)
        {
            byte[] damaged = [.. text];
            for (int i = random.Next(3); i >= 0; i--)
            {
                int at = random.Next(damaged.Length);
                damaged[at] = random.Next(3) == 0 ? (byte)random.Next(256) : text[random.Next(text.Length)];
            }
            try
            {
                BpfMachine.Verify(SeccompProfile.Parse(damaged).Compile(CapabilitySet.Default));
                read++;
            }
            catch (FormatException)
            {
                refused++;
            }
        }
        Assert.True(read > 100 && refused > 100, $"{read} read, {refused} refused");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(6)]
    public void An_argument_that_no_call_has_is_refused(int index)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new SeccompArgument(index, SeccompOperator.Equal, 0));

    [Fact]
    public void An_error_number_beyond_the_kernels_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SeccompAction.Fail((Errno)4096));
        Assert.Throws<ArgumentOutOfRangeException>(() => SeccompAction.Fail((Errno)(-1)));
    }

    private static SeccompProfile Parse(string json) => SeccompProfile.Parse(Encoding.UTF8.GetBytes(json));
}
