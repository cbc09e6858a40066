using System.Globalization;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Launching;
using Xunit;

namespace ContainerKit.Linux.Tests.Launching;

public sealed class TetheredProcessTests : IDisposable
{
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public TetheredProcessTests() => _limit.CancelAfter(TimeSpan.FromMinutes(1));

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task A_program_ends_with_the_object_that_holds_it()
    {
        (TetheredProcess process, int pid) = await StartAsync("echo $$; exec sleep 1000");
        using PidFd handle = PidFd.Open(pid);
        await process.DisposeAsync().AsTask().WaitAsync(_limit.Token);
        await handle.WaitAsync(_limit.Token);
    }

    [Fact]
    public async Task The_end_of_a_program_is_noticed()
    {
        (TetheredProcess process, int pid) = await StartAsync("echo $$; exec sleep 1000");
        using PidFd handle = PidFd.Open(pid);
        Task end = process.WaitAsync(_limit.Token);
        Assert.False(end.IsCompleted);
        handle.SendSignal(15);
        await end;
        await process.DisposeAsync();
    }

    [Fact]
    public async Task A_program_that_is_missing_is_an_error()
    {
        LaunchException missing = await Assert.ThrowsAsync<LaunchException>(
            () => TetheredProcess.StartAsync(["/nowhere/program"], ["program"], [], null, null, _limit.Token));
        Assert.Equal(Errno.ENOENT, missing.Failure.Errno);
    }

    private async Task<(TetheredProcess Process, int Pid)> StartAsync(string script)
    {
        using PipeEnds output = PipeEnds.Create();
        using StreamReader lines = new(FdPipe.OpenReader(output.Read).AsStream());
        TetheredProcess process = await TetheredProcess.StartAsync(["/nowhere/sh", "/bin/sh"], ["sh", "-c", script], ["PATH=/usr/bin:/bin"], output.Write, null, _limit.Token);
        output.Write.Dispose();
        return (process, int.Parse((await lines.ReadLineAsync(_limit.Token))!, CultureInfo.InvariantCulture));
    }
}
