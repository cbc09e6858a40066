using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Launching;
using Xunit;

namespace ContainerKit.Linux.Tests.Launching;

public sealed class PreparedLaunchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The child is often faster than the launching process, which tells its pid: taken for the child, that one is gone a moment later.</summary>
    [Fact]
    public async Task Pid_is_that_of_the_process_that_waits()
    {
        for (int round = 0; round < 200; round++)
        {
            LaunchProgramBuilder beginning = new();
            beginning.ContinueInChild(0);
            await using PreparedLaunch prepared = await PreparedLaunch.StartAsync(beginning, new LaunchDescriptors());
            Assert.Matches($@"^{prepared.Pid} \(.*\) [RSD] {Environment.ProcessId} ", await File.ReadAllTextAsync($"/proc/{prepared.Pid}/stat", Token));
        }
    }

    [Fact]
    public async Task Process_goes_on_with_the_rest()
    {
        LaunchProgramBuilder beginning = new();
        beginning.ContinueInChild(0);
        await using PreparedLaunch prepared = await PreparedLaunch.StartAsync(beginning, new LaunchDescriptors());
        LaunchProgramBuilder rest = PreparedLaunch.CreateRest();
        rest.Execute(["/bin/sh"], ["sh", "-c", "exit 7"], [], "sh");

        LaunchedProcess? process = await prepared.ContinueAsync(rest.Build(), Token);

        Assert.NotNull(process);
        Assert.Equal(prepared.Pid, process.Pid);
        using PidFd handle = process.Handle;
        Assert.Equal(7, (await handle.WaitAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task Beginning_without_a_child_is_refused()
        => await Assert.ThrowsAsync<ArgumentException>(() => PreparedLaunch.StartAsync(new LaunchProgramBuilder(), new LaunchDescriptors()));
}
