using Xunit;

namespace ContainerKit.Tests.Containers;

public class LifecycleTests : EngineTest
{
    [Fact]
    public async Task A_container_is_created_started_waited_for_and_removed()
    {
        Container container = await Containers.CreateAsync(Spec.WithName("first").WithLabel("a", "b"), Token);
        ContainerInfo info = await container.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Created, "first", null), (info.Status, info.Name, info.ProcessId));
        Assert.Matches("^[0-9a-f]{64}$", container.Id);

        await container.StartAsync(Token);
        info = await container.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Running, Runtime.LastProcess.Identity.Pid, Environment.ProcessId), (info.Status, info.ProcessId, info.OwnerProcessId));
        Assert.NotNull(info.StartedAt);

        Runtime.LastProcess.Exit(3);
        Assert.Equal(new ExitStatus(3), await container.WaitAsync(Token));
        info = await container.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Exited, new ExitStatus(3), null), (info.Status, info.ExitStatus, info.OwnerProcessId));
        Assert.True(Runtime.LastProcess.IsDisposed);
        Assert.Equal((container.Id, Runtime.LastProcess.Identity), Assert.Single(Runtime.CleanedUp));
        Assert.Equal("b", info.Labels["a"]);

        await container.RemoveAsync(cancellationToken: Token);
        Assert.Empty(ListFiles());
        await Assert.ThrowsAsync<NotFoundException>(() => container.InspectAsync(Token));
        await Assert.ThrowsAsync<NotFoundException>(() => container.StartAsync(Token));
        Assert.Null(await Containers.FindAsync("first", Token));
    }

    [Fact]
    public async Task A_container_that_ended_starts_again()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        for (int run = 1; run <= 3; run++)
        {
            await container.StartAsync(Token);
            Runtime.LastProcess.Exit(run);
            Assert.Equal(run, (await container.WaitAsync(Token)).ExitCode);
        }
    }

    [Fact]
    public async Task Operations_in_the_wrong_state_name_themselves_and_the_state()
    {
        Container container = await Containers.CreateAsync(Spec.WithName("box"), Token);
        Assert.Contains("Can't kill container box", (await Assert.ThrowsAsync<InvalidStateException>(() => container.KillAsync(cancellationToken: Token))).Message, StringComparison.Ordinal);
        Assert.Contains("it is created", (await Assert.ThrowsAsync<InvalidStateException>(() => container.ExecAsync(["id"], Token))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidStateException>(() => container.ResizeAsync(new TerminalSize(1, 1), Token));
        await container.StopAsync(cancellationToken: Token);
        await container.StartAsync(Token);
        Assert.Contains("Can't start container box", (await Assert.ThrowsAsync<InvalidStateException>(() => container.StartAsync(Token))).Message, StringComparison.Ordinal);
        Assert.Contains("it is running", (await Assert.ThrowsAsync<InvalidStateException>(() => container.RemoveAsync(cancellationToken: Token))).Message, StringComparison.Ordinal);
        await container.KillAsync(cancellationToken: Token);
        Assert.Contains("it is exited", (await Assert.ThrowsAsync<InvalidStateException>(() => container.AttachAsync(cancellationToken: Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_sends_the_images_signal_and_kills_after_the_timeout()
    {
        Images.Image = Images.Image with { StopSignal = "SIGQUIT" };
        await using Container container = await Containers.StartAsync(Spec, Token);
        await container.StopAsync(TimeSpan.FromMilliseconds(1), Token);
        Assert.Equal([3, 9], Runtime.LastProcess.Signals);
        Assert.Equal(137, (await container.WaitAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task Stop_waits_for_a_command_that_ends_by_itself()
    {
        Runtime.Script = process =>
        {
            process.OnSignal = _ => process.Exit(0);
            return Task.CompletedTask;
        };
        await using Container container = await Containers.StartAsync(Spec, Token);
        await container.StopAsync(Timeout.InfiniteTimeSpan, Token);
        Assert.Equal([15], Runtime.LastProcess.Signals);
    }

    [Fact]
    public async Task Waiting_before_the_start_waits_for_the_end_of_the_first_run()
    {
        Container container = await Containers.CreateAsync(Spec.WithAutoRemove(), Token);
        Task<ExitStatus> exit = container.WaitAsync(Token);
        await container.StartAsync(Token);
        Assert.False(exit.IsCompleted);
        Runtime.LastProcess.Exit(5);
        Assert.Equal(5, (await exit).ExitCode);
        Assert.Empty(ListFiles());
        Assert.Equal(5, (await container.WaitAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task Waiting_for_a_container_that_is_removed_unstarted_ends_with_an_error()
    {
        Container container = await Containers.CreateAsync(Spec.WithAutoRemove(), Token);
        Task<ExitStatus> exit = container.WaitAsync(Token);
        await container.RemoveAsync(cancellationToken: Token);
        await Assert.ThrowsAsync<NotFoundException>(() => exit);
    }

    [Fact]
    public async Task An_owning_handle_removes_its_container_and_others_do_not()
    {
        Container owner = await Containers.StartAsync(Spec.WithName("box"), Token);
        await using (Container other = await Containers.GetAsync("box", Token))
            Assert.Equal(owner.Id, other.Id);
        Assert.NotEmpty(ListFiles());
        await owner.DisposeAsync();
        await owner.DisposeAsync();
        Assert.Empty(ListFiles());
        Assert.Equal([9], Runtime.LastProcess.Signals);
    }

    [Fact]
    public async Task An_owning_handle_keeps_what_ended_until_it_is_disposed()
    {
        Runtime.Script = async process =>
        {
            await process.WriteAsync("bye\n");
            process.Exit(0);
        };
        await using (Container container = await Containers.StartAsync(Spec, Token))
        {
            await container.WaitAsync(Token);
            Assert.Equal("bye", (await container.ReadLogsAsync(cancellationToken: Token).SingleAsync(Token)).Text);
        }

        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task A_failed_start_leaves_a_created_container_with_exit_code_and_reason()
    {
        Runtime.BeforeStart = _ => throw new ContainerStartException("execve", 127, "not there");
        Container container = await Containers.CreateAsync(Spec, Token);
        Task<ExitStatus> exit = container.WaitAsync(Token);
        await Assert.ThrowsAsync<ContainerStartException>(() => container.StartAsync(Token));
        ContainerInfo info = await container.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Created, new ExitStatus(127), "not there"), (info.Status, info.ExitStatus, info.Error));
        Assert.Equal(127, (await exit).ExitCode);

        Runtime.BeforeStart = _ => Task.CompletedTask;
        await container.StartAsync(Token);
        Assert.Equal(ContainerStatus.Running, (await container.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task A_failed_start_of_what_removes_itself_leaves_nothing()
    {
        Runtime.BeforeStart = _ => throw new ContainerStartException("execve", 126, "not executable");
        Assert.Equal(126, (await Assert.ThrowsAsync<ContainerStartException>(() => Containers.StartAsync(Spec, Token))).ExitCode);
        Container container = await Containers.CreateAsync(Spec.WithAutoRemove(), Token);
        await Assert.ThrowsAsync<ContainerStartException>(() => container.StartAsync(Token));
        await Assert.ThrowsAsync<ContainerStartException>(() => Containers.RunAsync(Spec, cancellationToken: Token));
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task Run_returns_exit_status_and_output_and_leaves_nothing()
    {
        Runtime.Script = async process =>
        {
            await process.WriteAsync("out\n");
            await process.WriteErrorAsync("err");
            process.Exit(4);
        };
        ExecResult result = await Containers.RunAsync(Spec, cancellationToken: Token);
        Assert.Equal((4, "out\n", "err"), (result.ExitCode, result.StandardOutput, result.StandardError));
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task Run_ends_with_an_error_when_there_is_too_much_output()
    {
        Runtime.Script = async process => await process.WriteAsync(new string('x', 2000));
        IOException error = await Assert.ThrowsAsync<IOException>(() => Containers.RunAsync(Spec, ByteSize.KiB(1), Token));
        Assert.Contains("/bin/sh", error.Message, StringComparison.Ordinal);
        Assert.Contains("1KiB to standard output", error.Message, StringComparison.Ordinal);
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task Parallel_starts_do_not_disturb_each_other()
    {
        Runtime.Script = async process =>
        {
            await process.WriteAsync("x\n");
            process.Exit(0);
        };
        ExecResult[] results = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => Containers.RunAsync(Spec, cancellationToken: Token), Token)));
        Assert.All(results, result => Assert.Equal("x\n", result.StandardOutput));
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task Starting_twice_at_once_starts_once()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        Task[] starts = [container.StartAsync(Token), container.StartAsync(Token)];
        await Assert.ThrowsAsync<InvalidStateException>(() => Task.WhenAll(starts));
        Assert.Single(Runtime.Processes);
    }

    [Fact]
    public async Task Cancelling_while_the_process_starts_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        Runtime.BeforeStart = async token =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Containers.StartAsync(Spec, cancel.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Containers.CreateAsync(Spec, cancel.Token));
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task Cancelling_a_start_leaves_a_created_container_as_it_was()
    {
        using var cancel = new CancellationTokenSource();
        Container container = await Containers.CreateAsync(Spec, Token);
        Runtime.BeforeStart = async token =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.Infinite, token);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => container.StartAsync(cancel.Token));
        ContainerInfo info = await container.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Created, null, null), (info.Status, info.ExitStatus, info.Error));
    }

    [Fact]
    public async Task Cancelling_a_run_kills_and_removes()
    {
        using var cancel = new CancellationTokenSource();
        Runtime.Script = _ => cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Containers.RunAsync(Spec, cancellationToken: cancel.Token));
        Assert.Equal([9], Runtime.LastProcess.Signals);
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task Cancelling_a_wait_does_not_end_the_container()
    {
        using var cancel = new CancellationTokenSource();
        await using Container container = await Containers.StartAsync(Spec, Token);
        Task<ExitStatus> exit = container.WaitAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exit);
        Assert.Empty(Runtime.LastProcess.Signals);
    }

    [Fact]
    public async Task A_process_that_can_not_be_recorded_is_killed()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        string state = Path.Combine(ContainersDirectory, container.Id, "state.json.tmp");
        Runtime.BeforeStart = _ =>
        {
            Directory.CreateDirectory(state);
            return Task.CompletedTask;
        };
        await Assert.ThrowsAnyAsync<Exception>(() => container.StartAsync(Token));
        Assert.Equal([9], Runtime.LastProcess.Signals);
        Assert.True(Runtime.LastProcess.IsDisposed);
        Directory.Delete(state);
        Assert.Equal(ContainerStatus.Created, (await container.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task A_missing_image_is_reported_and_leaves_nothing()
    {
        await Assert.ThrowsAsync<NotFoundException>(() => Containers.StartAsync(ContainerSpec.FromImage("missing"), Token));
        Assert.Empty(ListFiles());
    }

    [Fact]
    public void Options_find_the_data_root_of_the_user()
    {
        Assert.Equal("/data", new EngineOptions { DataRoot = "/data/x/.." }.ResolveDataRoot());
        Assert.EndsWith("containerkit", new EngineOptions().ResolveDataRoot(), StringComparison.Ordinal);
    }
}
