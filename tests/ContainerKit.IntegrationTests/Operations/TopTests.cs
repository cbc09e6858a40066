using System.Globalization;
using Xunit;

namespace ContainerKit.IntegrationTests.Operations;

public sealed class TopTests(OperationsFixture fixture) : IClassFixture<OperationsFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_processes_of_the_container_and_of_exec_are_listed_and_nothing_else()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Script("sleep 1234 & echo ready; wait"));
        await OperationsFixture.ReadUntilAsync(container, "ready");
        await using ExecSession exec = await container.OpenExecAsync(ExecSpec.ForCommand("sleep", "5678"), Token);
        ContainerProcessList list = await WaitForAsync(container, "sleep 1234");

        Assert.Equal(["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"], list.Titles);
        Assert.Equal(["sh -c sleep 1234 & echo ready; wait", "sleep 1234", "sleep 5678"], list.Processes.Select(row => row[7]).Order(StringComparer.Ordinal));
        string first = (await container.InspectAsync(Token)).ProcessId!.Value.ToString(CultureInfo.InvariantCulture);
        Assert.Equal(first, Assert.Single(list.Processes, row => row[7].StartsWith("sh ", StringComparison.Ordinal))[1]);
        Assert.Equal(first, Assert.Single(list.Processes, row => row[7] == "sleep 1234")[2]);
        Assert.Equal(exec.ProcessId.ToString(CultureInfo.InvariantCulture), Assert.Single(list.Processes, row => row[7] == "sleep 5678")[1]);
        Assert.All(list.Processes, row => Assert.Equal("?", row[5]));
        Assert.Equal(Environment.UserName, list.Processes[0][0]);
    }

    [Fact]
    public async Task Other_columns_can_be_asked_for()
    {
        await using Container container = await fixture.StartAsync(fixture.Busybox.Script("sleep 1000").WithTerminal());
        ContainerProcessList user = await container.TopAsync("aux", Token);
        ContainerProcessList chosen = await container.TopAsync("-eo pid,comm,tty,nlwp", Token);

        Assert.Equal(["USER", "PID", "%CPU", "%MEM", "VSZ", "RSS", "TTY", "STAT", "START", "TIME", "COMMAND"], user.Titles);
        Assert.Equal(["PID", "COMMAND", "TTY", "NLWP"], chosen.Titles);
        Assert.Equal("1", chosen.Processes[0][3]);
        Assert.StartsWith("pts/", chosen.Processes[0][2], StringComparison.Ordinal);
        Assert.Contains("--forest", (await Assert.ThrowsAsync<ArgumentException>(() => container.TopAsync("--forest", Token))).Message, StringComparison.Ordinal);
        Assert.Contains("colour", (await Assert.ThrowsAsync<ArgumentException>(() => container.TopAsync("-o pid,colour", Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_run_has_no_processes()
    {
        Container container = await fixture.Containers.CreateAsync(fixture.Busybox.Spec("true"), Token);
        await Assert.ThrowsAsync<InvalidStateException>(() => container.TopAsync(cancellationToken: Token));
        await container.RemoveAsync(cancellationToken: Token);
    }

    /// <summary>What a shell starts in the background is a copy of the shell at first.</summary>
    private static async Task<ContainerProcessList> WaitForAsync(Container container, string command)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            ContainerProcessList list = await container.TopAsync(cancellationToken: limit.Token);
            if (list.Processes.Any(row => row[7] == command))
                return list;
        }
    }
}
