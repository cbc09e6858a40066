using ContainerKit.Linux.Interop;
using Xunit;

namespace ContainerKit.Linux.Tests.Security;

public sealed class SyscallTableTests
{
    [Theory]
    [InlineData("X64", "read", 0)]
    [InlineData("X64", "execve", 59)]
    [InlineData("X64", "rseq", 334)]
    [InlineData("X64", "pidfd_send_signal", 424)]
    [InlineData("X64", "clone3", 435)]
    [InlineData("X64", "futex_waitv", 449)]
    [InlineData("X64", "file_setattr", 469)]
    [InlineData("Arm64", "io_setup", 0)]
    [InlineData("Arm64", "openat", 56)]
    [InlineData("Arm64", "execve", 221)]
    [InlineData("Arm64", "clone3", 435)]
    [InlineData("Arm64", "file_setattr", 469)]
    [InlineData("X86", "socketcall", 102)]
    [InlineData("X86", "clock_gettime64", 403)]
    [InlineData("X86", "statmount", 457)]
    [InlineData("X32", "read", 0x40000000)]
    [InlineData("X32", "execve", 0x40000208)]
    [InlineData("X32", "mseal", 0x400001CE)]
    [InlineData("Arm", "openat", 322)]
    [InlineData("Arm", "cacheflush", 0xF0002)]
    [InlineData("Arm", "fchmodat2", 452)]
    public void Numbers_are_those_of_the_kernel(string architecture, string name, int number)
        => Assert.Equal(number, SyscallTable.Get(Enum.Parse<SyscallArchitecture>(architecture)).GetNumber(name));

    [Theory]
    [InlineData("X64", 0xC000003E)]
    [InlineData("X32", 0xC000003E)]
    [InlineData("Arm64", 0xC00000B7)]
    [InlineData("X86", 0x40000003)]
    [InlineData("Arm", 0x40000028)]
    public void Audit_tokens_are_those_of_the_kernel(string architecture, uint token)
        => Assert.Equal(token, SyscallTable.Get(Enum.Parse<SyscallArchitecture>(architecture)).AuditArchitecture);

    [Fact]
    public void Every_name_leads_to_a_number_and_back_to_a_name_of_that_number()
    {
        foreach (SyscallArchitecture architecture in Enum.GetValues<SyscallArchitecture>())
        {
            SyscallTable table = SyscallTable.Get(architecture);
            Assert.True(table.Names.Count > 300, $"{architecture} has {table.Names.Count} calls");
            foreach (string name in table.Names)
            {
                Assert.True(table.TryGetName(table.GetNumber(name), out string? back));
                Assert.Equal(table.GetNumber(name), table.GetNumber(back));
            }
        }
    }

    [Fact]
    public void A_call_of_another_architecture_is_not_found()
    {
        Assert.False(SyscallTable.Get(SyscallArchitecture.Arm64).TryGetNumber("open", out _));
        Assert.False(SyscallTable.Get(SyscallArchitecture.X64).TryGetNumber("socketcall", out _));
        Assert.False(SyscallTable.Get(SyscallArchitecture.Arm).TryGetNumber("memfd_secret", out _));
        Assert.False(SyscallTable.Get(SyscallArchitecture.X64).TryGetName(SyscallTable.X32Bit, out _));
        ArgumentException error = Assert.Throws<ArgumentException>(() => SyscallTable.Native.GetNumber("no_such_call"));
        Assert.Contains("no_such_call", error.Message, StringComparison.Ordinal);
    }
}
