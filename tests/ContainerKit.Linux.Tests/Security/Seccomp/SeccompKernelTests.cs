using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Security;
using Xunit;

namespace ContainerKit.Linux.Tests.Security.Seccomp;

/// <summary>The kernel itself loads the filter, for one thread of the test, and no_new_privs makes that possible without privileges.</summary>
public sealed partial class SeccompKernelTests
{
    private const int SetNoNewPrivileges = 38;
    private const int SetModeFilter = 1;

    [Fact]
    public void The_default_profile_denies_and_allows_as_it_says()
    {
        var observed = new Dictionary<string, (long Result, Errno Errno)>();
        OnFilteredThread(SeccompProfile.Default.Compile(CapabilitySet.Default), () =>
        {
            observed["getpid"] = Call("getpid");
            observed["unshare"] = Call("unshare", 0);
            observed["setns"] = Call("setns", -1, 0);
            observed["add_key"] = Call("add_key");
            observed["io_uring_setup"] = Call("io_uring_setup");
            observed["clone3"] = Call("clone3");
            observed["vsock"] = Call("socket", 40, 1, 0);
            observed["persona"] = Call("personality", 0x0040000);
            observed["query"] = Call("personality", 0xFFFFFFFF);
            observed["clone"] = Call("clone", 0x10000000);
            observed["openat"] = Call("openat", -1);
            observed["new"] = (LibC(5000, 0, 0, 0), (Errno)Marshal.GetLastPInvokeError());
        });

        Assert.Equal(Environment.ProcessId, observed["getpid"].Result);
        Assert.True(observed["query"].Result >= 0);
        Assert.Equal(Errno.EPERM, observed["unshare"].Errno); // flags of 0 succeed without a filter
        Assert.Equal(Errno.EPERM, observed["setns"].Errno); // EBADF without one
        Assert.Equal(Errno.EPERM, observed["add_key"].Errno); // EFAULT
        Assert.Equal(Errno.EPERM, observed["io_uring_setup"].Errno);
        Assert.Equal(Errno.EPERM, observed["vsock"].Errno);
        Assert.Equal(Errno.EPERM, observed["persona"].Errno);
        Assert.Equal(Errno.EPERM, observed["clone"].Errno);
        Assert.Equal(Errno.ENOSYS, observed["clone3"].Errno); // EINVAL
        Assert.Equal(Errno.ENOSYS, observed["new"].Errno);
        Assert.NotEqual(Errno.EPERM, observed["openat"].Errno);
    }

    [Fact]
    public void Arguments_are_compared_as_64_bits()
    {
        var profile = new SeccompProfile
        {
            DefaultAction = SeccompAction.Allow,
            Architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_ARM"],
            Rules =
            [
                Deny(Errno.EXFULL, new SeccompArgument(1, SeccompOperator.GreaterThan, 0x1_0000_0005)),
                Deny(Errno.ENOANO, new SeccompArgument(1, SeccompOperator.Equal, 0x1_0000_0003)),
                Deny(Errno.EBADSLT, new SeccompArgument(1, SeccompOperator.MaskedEqual, 0xF0_0000_00F0, 0x10_0000_0020)),
                Deny(Errno.EBFONT, new SeccompArgument(0, SeccompOperator.LessOrEqual, 9), new SeccompArgument(1, SeccompOperator.NotEqual, 0)),
            ],
        };
        ulong[] values = [0, 3, 6, 0x1_0000_0003, 0x1_0000_0005, 0x1_0000_0006, 0x2_0000_0000, 0x10_0000_0020];
        var errors = new List<Errno>();
        OnFilteredThread(profile.Compile(CapabilitySet.Empty), () =>
        {
            foreach (ulong value in values) errors.Add(Call("getpriority", 77, (long)value).Errno);
            errors.Add(Call("getpriority", 9, 1).Errno);
        });
        Assert.Equal(
            [
                Errno.EINVAL, Errno.EINVAL, Errno.EINVAL, Errno.ENOANO, Errno.EINVAL, Errno.EXFULL, Errno.EXFULL, Errno.EXFULL, Errno.EBFONT,
            ],
            errors);
    }

    [Fact]
    public void The_kernel_takes_a_program_of_thousands_of_instructions()
    {
        SyscallTable table = SyscallTable.Native;
        var profile = new SeccompProfile
        {
            DefaultAction = SeccompAction.Allow,
            Rules =
            [
                .. table.Names.Select(name => new SeccompRule
                {
                    Names = [name],
                    Action = SeccompAction.Fail((Errno)(1000 + table.GetNumber(name))),
                    Arguments = [new SeccompArgument(5, SeccompOperator.Equal, 0x5EC0_5EC0_5EC0_5EC0)],
                }),
            ],
        };
        var observed = new List<(int Number, int Error)>();
        SeccompFilter filter = profile.Compile(CapabilitySet.Empty);
        OnFilteredThread(filter, () =>
        {
            foreach (string name in (string[])["getpid", "kill", "unshare", "file_setattr"])
            {
                LibC(table.GetNumber(name), 0, 0, 0, 0, 0, 0x5EC0_5EC0_5EC0_5EC0);
                observed.Add((table.GetNumber(name), Marshal.GetLastPInvokeError()));
            }
        });
        Assert.True(filter.InstructionCount > 1500);
        Assert.All(observed, o => Assert.Equal(1000 + o.Number, o.Error));
    }

    private static SeccompRule Deny(Errno errno, params SeccompArgument[] arguments)
        => new() { Names = ["getpriority"], Action = SeccompAction.Fail(errno), Arguments = [.. arguments] };

    /// <summary>Runs <paramref name="body"/> on a thread of its own, which ends with its filter.</summary>
    private static unsafe void OnFilteredThread(SeccompFilter filter, Action body)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (Call("prctl", SetNoNewPrivileges, 1).Result != 0) throw new LinuxException("prctl", (Errno)Marshal.GetLastPInvokeError());
                fixed (byte* program = filter.Program.Span)
                {
                    var prog = new SockFprog((ushort)filter.InstructionCount, program);
                    if (Call("seccomp", SetModeFilter, 0, (nint)(&prog)) is { Result: not 0 } failed)
                        throw new LinuxException("seccomp", failed.Errno);
                }
                body();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    private static (long Result, Errno Errno) Call(string name, long a = 0, long b = 0, long c = 0)
    {
        long result = LibC(SyscallTable.Native.GetNumber(name), a, b, c);
        return (result, result < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long LibC(long number, long a, long b, long c, long d = 0, long e = 0, long f = 0);

    /// <summary>struct sock_fprog.</summary>
    private readonly unsafe struct SockFprog(ushort length, byte* filter)
    {
        private readonly ushort _length = length;
        private readonly byte* _filter = filter;
    }
}
