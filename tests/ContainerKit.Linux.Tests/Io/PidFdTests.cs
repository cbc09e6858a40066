using System.Globalization;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;
using Xunit;

namespace ContainerKit.Linux.Tests.Io;

public sealed class PidFdTests
{
    private const int SigKill = 9;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(255)]
    public async Task An_exit_code_is_reported(int code)
    {
        using PidFd process = PidFd.Open(SpawnedChild.Shell($"exit {code}"));
        ProcessExit exit = await process.WaitAsync(Cancelled);
        Assert.Equal(new ProcessExit(code, null, CoreDumped: false), exit);
        Assert.True(exit.IsKnown);
    }

    [Fact]
    public async Task A_signal_is_reported()
    {
        using PidFd process = PidFd.Open(SpawnedChild.Shell("exec sleep 1000"));
        Task<ProcessExit> wait = process.WaitAsync(Cancelled);
        Assert.True(process.SendSignal(0));
        Assert.False(wait.IsCompleted);
        Assert.True(process.SendSignal(SigKill));
        Assert.Equal(new ProcessExit(null, SigKill, CoreDumped: false), await wait);
        Assert.False(process.SendSignal(SigKill));
    }

    [Fact]
    public async Task A_child_that_is_dead_already_is_reported_and_reaped()
    {
        int pid = SpawnedChild.Shell("exit 3");
        using PidFd process = PidFd.Open(pid);
        await UntilZombieAsync(pid);
        Assert.Equal(3, (await process.WaitAsync(Cancelled)).ExitCode);
        Assert.Null(PidFd.TryOpen(pid));
        Assert.Equal(Errno.ESRCH, Assert.Throws<LinuxException>(() => PidFd.Open(pid)).Errno);
    }

    [Fact]
    public async Task Every_waiter_gets_the_status_and_giving_up_disturbs_nobody()
    {
        using PidFd process = PidFd.Open(SpawnedChild.Shell("exec sleep 1000"));
        using var source = new CancellationTokenSource();
        Task<ProcessExit> first = process.WaitAsync(Cancelled);
        Task<ProcessExit> second = process.WaitAsync(source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        process.SendSignal(SigKill);
        Assert.Equal(SigKill, (await first).Signal);
        Assert.Equal(SigKill, (await process.WaitAsync(Cancelled)).Signal);
    }

    [Fact]
    public async Task A_wait_outlives_the_handle()
    {
        int pid = SpawnedChild.Shell("exec sleep 1000");
        PidFd process = PidFd.Open(pid);
        using PidFd other = PidFd.Open(pid);
        Task<ProcessExit> wait = process.WaitAsync(Cancelled);
        process.Dispose();
        other.SendSignal(SigKill);
        Assert.Equal(SigKill, (await wait).Signal);
    }

    [Fact]
    public async Task A_status_that_somebody_else_took_is_unknown()
    {
        int pid = SpawnedChild.Shell("exit 5");
        using PidFd process = PidFd.Open(pid);
        Reap(process);
        ProcessExit exit = await process.WaitAsync(Cancelled);
        Assert.Equal(ProcessExit.Unknown, exit);
        Assert.False(exit.IsKnown);
    }

    [Fact]
    public async Task The_end_of_a_process_that_is_no_child_is_noticed()
    {
        using PipeEnds pipe = PipeEnds.Create();
        using PidFd child = PidFd.Open(SpawnedChild.Shell("sleep 1000 & echo $!; wait", output: pipe.Write));
        System.IO.Pipelines.PipeReader reader = FdPipe.OpenReader(pipe.Read);
        int grandchild = int.Parse(await reader.ReadUntilAsync("\n"), System.Globalization.CultureInfo.InvariantCulture);
        using PidFd process = PidFd.Open(grandchild);
        Task<ProcessExit> wait = process.WaitAsync(Cancelled);
        Assert.False(wait.IsCompleted);
        process.SendSignal(SigKill);
        Assert.Equal(ProcessExit.Unknown, await wait);
        await child.WaitAsync(Cancelled);
        await reader.CompleteAsync();
    }

    /// <summary>As that of a process group whose leader has ended: on Linux 6.1 that kept a container with the host's pids from being cleaned up.</summary>
    [Fact]
    public void A_number_of_something_else_is_no_process()
    {
        string thread = Directory.GetDirectories("/proc/self/task").Select(path => Path.GetFileName(path)!).First(number => number != Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        Assert.Null(PidFd.TryOpen(int.Parse(thread, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_descriptor_of_a_child_can_be_taken()
    {
        using PipeEnds toChild = PipeEnds.Create();
        using PipeEnds fromChild = PipeEnds.Create();
        using PidFd process = PidFd.Open(SpawnedChild.Shell("echo ready; cat", toChild.Read, fromChild.Write));
        fromChild.Write.Dispose();
        System.IO.Pipelines.PipeReader reader = FdPipe.OpenReader(fromChild.Read);
        Assert.Equal("ready\n", await reader.ReadUntilAsync("\n"));
        FileDescriptor taken;
        try
        {
            taken = process.GetDescriptor(1);
        }
        catch (LinuxException exception) when (exception.Errno is Errno.EPERM or Errno.ENOSYS)
        {
            process.SendSignal(SigKill);
            Assert.Skip("missing capability: ptrace of an own child (kernel.yama.ptrace_scope, Linux 5.6)");
            throw;
        }

        FdPipeReaderTests.Write(taken, "through the back door\n");
        taken.Dispose();
        Assert.Equal("through the back door\n", await reader.ReadUntilAsync("\n"));
        toChild.Write.Dispose();
        Assert.Equal(0, (await process.WaitAsync(Cancelled)).ExitCode);
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task Two_hundred_children_are_reaped_each_with_its_own_status()
    {
        Task<ProcessExit>[] waits = [.. Enumerable.Range(0, 200).Select(i =>
        {
            using PidFd process = PidFd.Open(SpawnedChild.Shell($"exit {i}"));
            return process.WaitAsync(Cancelled);
        })];
        ProcessExit[] exits = await Task.WhenAll(waits);
        Assert.Equal(Enumerable.Range(0, 200), exits.Select(exit => exit.ExitCode!.Value));
    }

    [Fact]
    public void A_namespace_of_a_process_can_be_opened()
    {
        using NamespaceFd own = NamespaceFd.Open(Environment.ProcessId, "net");
        Assert.False(own.IsInvalid);
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => NamespaceFd.Open(Environment.ProcessId, "nothing")).Errno);
    }

    private static unsafe void Reap(PidFd process)
    {
        LibC.SigInfo info;
        Assert.Equal(0, LibC.waitid(LibC.PPidFd, (int)process.DangerousGetHandle(), &info, LibC.WExited));
    }

    private static async Task UntilZombieAsync(int pid)
    {
        while (!(await File.ReadAllTextAsync($"/proc/{pid}/stat", Cancelled)).Contains(") Z ", StringComparison.Ordinal))
        {
            await Task.Yield();
        }
    }
}
