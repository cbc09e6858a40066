using System.Text.Json;
using ContainerKit.Containers.State;
using Xunit;

namespace ContainerKit.Tests.Containers;

public class RecoveryTests : EngineTest
{
    /// <summary>Opens an engine on what a crash of the first one would leave now.</summary>
    private async Task<(ContainerEngine Engine, FakeRuntime Runtime, string Root)> CrashAsync()
    {
        string root = CopyRoot();
        var runtime = new FakeRuntime();
        return (await OpenAsync(runtime, root), runtime, root);
    }

    [Fact]
    public async Task What_a_dead_owner_ran_is_killed_and_kept_as_exited()
    {
        Container container = await Containers.CreateAsync(Spec.WithName("box"), Token);
        await container.StartAsync(Token);
        var (engine, runtime, _) = await CrashAsync();
        Assert.Equal((container.Id, Runtime.LastProcess.Identity), Assert.Single(runtime.CleanedUp));
        Container found = await engine.Containers.GetAsync("box", Token);
        ContainerInfo info = await found.InspectAsync(Token);
        Assert.Equal((ContainerStatus.Exited, 137), (info.Status, info.ExitStatus!.Value.ExitCode));
        Assert.Contains("died", info.Error, StringComparison.Ordinal);
        Assert.NotNull(info.StartedAt);
        await found.StartAsync(Token);
        Assert.Equal(ContainerStatus.Running, (await found.InspectAsync(Token)).Status);
    }

    [Fact]
    public async Task What_does_not_outlive_its_owner_is_removed()
    {
        await Containers.StartAsync(Spec.WithName("owned"), Token);
        await Containers.CreateAsync(Spec.WithAutoRemove().WithName("created"), Token);
        Container running = await Containers.CreateAsync(Spec.WithAutoRemove(), Token);
        await running.StartAsync(Token);
        Container kept = await Containers.CreateAsync(Spec.WithName("kept"), Token);
        var (engine, runtime, root) = await CrashAsync();
        Assert.Equal(kept.Id, Assert.Single(await engine.Containers.ListAsync(Token)).Id);
        Assert.Equal(3, runtime.CleanedUp.Count);
        Assert.Equal("kept", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(Path.Combine(root, "containers/names")))));
    }

    [Fact]
    public async Task Half_created_and_half_removed_directories_go()
    {
        Directory.CreateDirectory(Path.Combine(ContainersDirectory, new string('a', 64), "upper"));
        Directory.CreateDirectory(Path.Combine(ContainersDirectory, "..", "removing", new string('b', 64), "upper", "files"));
        File.CreateSymbolicLink(Path.Combine(ContainersDirectory, "names", "lost"), new string('a', 64));
        var (engine, _, root) = await CrashAsync();
        Assert.Equal(["names", "names.lock"], Directory.GetFileSystemEntries(Path.Combine(root, "containers")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(root, "containers", "names")));
        Assert.Empty(await engine.Containers.ListAsync(Token));
    }

    [Fact]
    public async Task A_removal_that_had_begun_is_finished()
    {
        Container container = await Containers.CreateAsync(Spec.WithName("box"), Token);
        await File.WriteAllTextAsync(Path.Combine(ContainersDirectory, container.Id, "state.json"), """{"status":"Removing"}""", Token);
        File.Delete(Path.Combine(ContainersDirectory, "names", "box"));
        var (engine, _, _) = await CrashAsync();
        Assert.Empty(await engine.Containers.ListAsync(Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"status\":\"Run")]
    [InlineData("{\"status\":\"Running\"}")]
    [InlineData("[]")]
    public async Task A_torn_state_file_counts_as_a_dead_owner(string content)
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        await File.WriteAllTextAsync(Path.Combine(ContainersDirectory, container.Id, "state.json"), content, Token);
        var (engine, runtime, _) = await CrashAsync();
        ContainerInfo info = Assert.Single(await engine.Containers.ListAsync(Token));
        Assert.Equal((ContainerStatus.Exited, 137), (info.Status, info.ExitStatus!.Value.ExitCode));
        Assert.Single(runtime.CleanedUp);
    }

    [Fact]
    public async Task A_missing_state_file_counts_as_created()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        File.Delete(Path.Combine(ContainersDirectory, container.Id, "state.json"));
        var (engine, _, _) = await CrashAsync();
        Assert.Equal(ContainerStatus.Created, Assert.Single(await engine.Containers.ListAsync(Token)).Status);
    }

    [Fact]
    public async Task A_start_that_was_under_way_is_cleaned_up()
    {
        var begun = new TaskCompletionSource();
        Runtime.BeforeStart = async token =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        };
        Container container = await Containers.CreateAsync(Spec, Token);
        Task start = container.StartAsync(Token);
        await begun.Task;
        var (engine, runtime, _) = await CrashAsync();
        Assert.Equal((container.Id, null), Assert.Single(runtime.CleanedUp));
        Assert.Equal(ContainerStatus.Created, Assert.Single(await engine.Containers.ListAsync(Token)).Status);
        await Engine.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => start);
    }

    [Fact]
    public async Task A_damaged_configuration_of_a_container_that_was_to_stay_is_left_for_its_owner()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        await File.WriteAllTextAsync(Path.Combine(ContainersDirectory, container.Id, "config.json"), "{", Token);
        await File.WriteAllTextAsync(Path.Combine(ContainersDirectory, container.Id, "state.json"), """{"status":"Running","ephemeral":false}""", Token);
        var (engine, _, root) = await CrashAsync();
        Assert.Empty(await engine.Containers.ListAsync(Token));
        Assert.False(Directory.Exists(Path.Combine(root, "removing", container.Id)));
    }

    [Fact]
    public async Task A_living_owners_containers_are_left_alone()
    {
        Container running = await Containers.CreateAsync(Spec.WithName("running"), Token);
        await running.StartAsync(Token);
        await using Container owned = await Containers.StartAsync(Spec.WithName("owned"), Token);
        var runtime = new FakeRuntime();
        ContainerEngine other = await OpenAsync(runtime);
        Assert.Empty(runtime.CleanedUp);
        Assert.Equal(2, (await other.Containers.ListAsync(Token)).Count(info => info.Status == ContainerStatus.Running && info.OwnerProcessId == Environment.ProcessId));

        Container seen = await other.Containers.GetAsync("running", Token);
        Assert.Equal(Runtime.Processes.First().Identity.Pid, (await seen.InspectAsync(Token)).ProcessId);
        foreach (Func<Task> operation in (Func<Task>[])[
            () => seen.StartAsync(Token), () => seen.StopAsync(cancellationToken: Token), () => seen.KillAsync(cancellationToken: Token),
            () => seen.RemoveAsync(force: true, Token), () => seen.ExecAsync(["id"], Token), () => seen.AttachAsync(cancellationToken: Token)])
        {
            ConflictException error = await Assert.ThrowsAsync<ConflictException>(operation);
            Assert.Contains($"{Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        }

        Task<ExitStatus> exit = seen.WaitAsync(Token);
        Runtime.Processes.First().Exit(6);
        Assert.Equal(6, (await exit).ExitCode);
    }

    [Fact]
    public async Task What_ended_may_be_started_by_another_engine()
    {
        Container container = await Containers.CreateAsync(Spec, Token);
        await container.StartAsync(Token);
        Runtime.LastProcess.Exit(0);
        await container.WaitAsync(Token);
        var runtime = new FakeRuntime();
        ContainerEngine other = await OpenAsync(runtime);
        Container theirs = await other.Containers.GetAsync(container.Id, Token);
        await theirs.StartAsync(Token);
        Assert.Equal(ContainerStatus.Running, (await container.InspectAsync(Token)).Status);
        await Assert.ThrowsAsync<ConflictException>(() => container.StartAsync(Token));
        runtime.LastProcess.Exit(1);
        await theirs.WaitAsync(Token);
        await theirs.RemoveAsync(cancellationToken: Token);
        await Assert.ThrowsAsync<NotFoundException>(() => container.InspectAsync(Token));
        await Assert.ThrowsAsync<NotFoundException>(() => container.StartAsync(Token));
        Assert.Empty(ListFiles());
    }

    [Fact]
    public async Task A_spec_survives_on_disk()
    {
        ContainerSpec spec = Spec.WithName("box").WithCommand("a", "b\"\n").WithEntrypoint().WithEnvironment("A", "ä").WithoutEnvironment("B").WithUser("u:g").WithGroups("x")
            .WithWorkingDirectory("/w").WithHostname("h").WithLabel("l", "v").WithBind("/", "/host", readOnly: true)
            .WithTmpfs("/t", ByteSize.MiB(1)).WithReadOnlyRoot().WithMemoryLimit(ByteSize.MiB(8)).WithCpuLimit(0.5).WithPidsLimit(3).WithUlimit("core", 0, Ulimit.Unlimited)
            .WithAddedCapabilities("SYS_TIME").WithDroppedCapabilities("ALL").WithPrivileged().WithNoNewPrivileges().WithTerminal(new TerminalSize(1, 2))
            .WithOpenStdin().WithNetwork(NetworkMode.Host).WithStopSignal("HUP").WithStopTimeout(TimeSpan.FromSeconds(3))
            .WithAnnotation("note", "value").WithStdinOnce().WithIpcNamespace(NamespaceMode.Shareable).WithSharedMemorySize(ByteSize.MiB(3)).WithInit()
            .WithBind(new BindMount("/", "/other") { Propagation = MountPropagation.Private, NoExec = true }).WithTmpfs(new TmpfsMount("/u") { UserId = 7, Inodes = 9 })
            .WithDevice("/dev/zero", "/dev/other", DevicePermissions.Read).WithDeviceRule("c 1:5 r").WithSecurityOptions("systempaths=unconfined", "seccomp=unconfined")
            .WithMemoryAndSwapLimit(ByteSize.MiB(9)).WithCpuShares(3).WithCpuRealtime(TimeSpan.FromMilliseconds(1)).WithCpuset("0").WithIoWeight(10)
            .WithHugePageLimit("2MB", ByteSize.MiB(2)).WithOomScoreAdjustment(1).WithDomainname("d");
        await Containers.CreateAsync(spec, Token);
        ContainerEngine other = await OpenAsync(new FakeRuntime());
        ContainerSpec read = (await other.Containers.GetAsync("box", Token)).Spec;

        // Collections compare by reference, so they are compared one by one, and then all values as text.
        Assert.Equal(spec.Command!.Value, read.Command!.Value);
        Assert.Equal(spec.Entrypoint!.Value, read.Entrypoint!.Value);
        Assert.Equal(spec.Environment, read.Environment);
        Assert.Equal(spec.AdditionalGroups, read.AdditionalGroups);
        Assert.Equal(spec.Labels, read.Labels);
        Assert.Equal(spec.Binds, read.Binds);
        Assert.Equal(spec.Tmpfs, read.Tmpfs);
        Assert.Equal(spec.Ulimits, read.Ulimits);
        Assert.Equal(spec.AddedCapabilities, read.AddedCapabilities);
        Assert.Equal(spec.DroppedCapabilities, read.DroppedCapabilities);
        Assert.Equal(JsonSerializer.Serialize(spec, ContainerJson.Default.ContainerSpec), JsonSerializer.Serialize(read, ContainerJson.Default.ContainerSpec));
    }
}
