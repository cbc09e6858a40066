using System.Diagnostics;
using ContainerKit.Compose.Services;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.Compose.Tests.Running;

/// <summary>kill -9 of a process that brings a project up, at each step of a replacement: what the next commands find, and do with it.</summary>
public sealed class KillTests : IAsyncLifetime
{
    private const string Name = "killed";
    private const string Web = $"{Name}-web-1";

    private readonly string _directory = Directory.CreateTempSubdirectory("ck-killed-").FullName;
    private readonly CancellationTokenSource _bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private CancellationToken Token => _bound.Token;

    private string DataRoot => Path.Combine(_directory, "data");

    private string File => Path.Combine(_directory, "compose.yaml");

    /// <summary>Copied into the container, as it has a mode of its own.</summary>
    private string Secret => Path.Combine(_directory, "secret");

    public async ValueTask InitializeAsync()
    {
        BusyboxFixture.RequireBusybox();
        _bound.CancelAfter(TimeSpan.FromMinutes(5));
        await System.IO.File.WriteAllTextAsync(Secret, "hidden", Token);
        await using ContainerEngine engine = await OpenAsync();
        await engine.Images.ImportAsync(new MemoryStream(BusyboxFixture.CreateArchive()), new ImageImportOptions { Reference = BusyboxFixture.Name }, Token);
    }

    public async ValueTask DisposeAsync()
    {
        // Files of mapped users can be removed by the engine only.
        await using (ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = DataRoot, PrepareContainers = false }))
        {
            foreach (ContainerInfo left in await engine.Containers.ListAsync())
                await (await engine.Containers.GetAsync(left.Id)).RemoveAsync(force: true);
            await engine.Volumes.PruneAsync(FilterSet.Empty.With("all", "true"));
            await engine.Images.PruneAsync(FilterSet.Empty.With("dangling", "false"));
        }

        Directory.Delete(_directory, recursive: true);
        _bound.Dispose();
    }

    [Theory]
    [InlineData($"Container {Web} Stopped", ContainerStatus.Exited)]
    [InlineData($"Container {Web} Removed", ContainerStatus.Created)]
    [InlineData($"Container {Web} Recreated", ContainerStatus.Created)]
    [InlineData($"Container {Web} Started", ContainerStatus.Running)]
    public async Task Next_up_finishes_a_replacement_that_was_killed(string step, ContainerStatus found)
    {
        string volume = await StartFirstAsync();
        await KillAtAsync("two", step);

        await using ContainerEngine engine = await OpenAsync();
        ComposeProject project = await engine.Compose.LoadAsync(File, Token);
        Assert.Equal(found, Assert.Single(await project.ListContainersAsync(Token)).Info.Status);
        await UpAsync(project);

        await RequireWholeAsync(engine, project, "two", volume);
        await RequireNothingAfterDownAsync(engine, project);
    }

    [Theory]
    [InlineData($"Container {Web} Stopped", "one")]
    [InlineData($"Container {Web} Removed", "two")]
    [InlineData($"Container {Web} Recreated", "two")]
    public async Task Start_starts_one_container_under_its_name(string step, string says)
    {
        string volume = await StartFirstAsync();
        await KillAtAsync("two", step);

        await using ContainerEngine engine = await OpenAsync();
        ComposeProject project = await engine.Compose.LoadAsync(File, Token);
        await project.StartAsync(cancellationToken: Token);

        ComposeContainer only = Assert.Single(await project.ListContainersAsync(Token));
        Assert.Equal((Web, ContainerStatus.Running), (only.Info.Name, only.Info.Status));
        Assert.Equal($"{says} kept hidden", (await project.ExecAsync("web", ["sh", "-c", "echo -n $SAYS $(cat /anonymous/file) $(cat /run/secrets/s)"], Token)).StandardOutput);

        // The next up has no more to do than to remove what was begun.
        await UpAsync(project);
        await RequireWholeAsync(engine, project, "two", volume);
    }

    [Theory]
    [InlineData($"Container {Web} Stopped")]
    [InlineData($"Container {Web} Removed")]
    [InlineData($"Container {Web} Recreated")]
    [InlineData($"Container {Web} Started")]
    public async Task Down_leaves_nothing_of_a_replacement_that_was_killed(string step)
    {
        await StartFirstAsync();
        await KillAtAsync("two", step);

        await using ContainerEngine engine = await OpenAsync();
        await RequireNothingAfterDownAsync(engine, await engine.Compose.LoadAsync(File, Token));
    }

    [Fact]
    public async Task Replacement_that_was_killed_while_the_old_one_runs_is_not_seen_and_goes()
    {
        string volume = await StartFirstAsync();

        // The secret is a pipe that nobody writes to: the container is there, and waits for its files.
        System.IO.File.Delete(Secret);
        using (Process made = Process.Start("mkfifo", Secret))
            await made.WaitForExitAsync(Token);
        using Process worker = await StartWorkerAsync("two", "");
        await using (ContainerEngine watching = await OpenAsync())
        {
            while ((await watching.Containers.ListAsync(Token)).Count < 2)
            {
                Assert.False(worker.HasExited);
                await Task.Delay(20, Token);
            }
        }

        await KillAsync(worker);
        System.IO.File.Delete(Secret);
        await System.IO.File.WriteAllTextAsync(Secret, "hidden", Token);

        await using ContainerEngine engine = await OpenAsync();
        ComposeProject project = await engine.Compose.LoadAsync(File, Token);
        Assert.Equal(2, (await engine.Containers.ListAsync(Token)).Count);
        ComposeContainer old = Assert.Single(await project.ListContainersAsync(Token));
        Assert.Equal((Web, ContainerStatus.Running), (old.Info.Name, old.Info.Status));
        Assert.Equal(1, Assert.Single(await engine.Compose.ListAsync(Token)).Containers);
        Assert.Equal("one\n", (await project.ExecAsync("web", ["sh", "-c", "echo $SAYS"], Token)).StandardOutput);
        await UpAsync(project);
        await RequireWholeAsync(engine, project, "two", volume);
    }

    [Fact]
    public async Task Container_that_was_killed_before_it_had_its_files_is_made_anew()
    {
        using (Process made = Process.Start("sh", ["-c", "rm \"$0\"; mkfifo \"$0\"", Secret]))
            await made.WaitForExitAsync(Token);
        using Process worker = await StartWorkerAsync("one", "");
        await using (ContainerEngine watching = await OpenAsync())
        {
            while ((await watching.Containers.ListAsync(Token)).Count < 1)
            {
                Assert.False(worker.HasExited);
                await Task.Delay(20, Token);
            }
        }

        await KillAsync(worker);
        System.IO.File.Delete(Secret);
        await System.IO.File.WriteAllTextAsync(Secret, "hidden", Token);

        await using ContainerEngine engine = await OpenAsync();
        ComposeProject project = await engine.Compose.LoadAsync(File, Token);
        Assert.Empty(await project.ListContainersAsync(Token));
        Assert.Single(await engine.Containers.ListAsync(Token));
        await UpAsync(project);
        Assert.Equal("hidden", (await project.ExecAsync("web", ["cat", "/run/secrets/s"], Token)).StandardOutput);
        Assert.Single(await engine.Containers.ListAsync(Token));
        Assert.Single(await engine.Volumes.ListAsync(null, Token));
    }

    [Fact]
    public async Task Who_shares_with_a_container_that_was_replaced_is_replaced_by_the_next_up()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "missing capability: joining namespaces of a container that another engine has started (root)");
        const string Companion = "  other: { image: \"busybox:test\", command: sleep 1000, network_mode: \"service:web\", stop_grace_period: 0s }\n";
        await StartFirstAsync(Companion);
        await KillAtAsync("two", $"Container {Web} Started", Companion);

        await using ContainerEngine engine = await OpenAsync();
        ComposeProject project = await engine.Compose.LoadAsync(File, Token);
        Container old = await project.GetContainerAsync("other", 1, Token);
        await UpAsync(project);

        Container other = await project.GetContainerAsync("other", 1, Token);
        Assert.NotEqual(old.Id, other.Id);
        string Namespace(ContainerInfo info) => System.IO.File.ResolveLinkTarget($"/proc/{info.ProcessId}/ns/net", returnFinalTarget: false)!.Name;
        Assert.Equal(Namespace(await (await project.GetContainerAsync("web", 1, Token)).InspectAsync(Token)), Namespace(await other.InspectAsync(Token)));

        // And that was all.
        await UpAsync(project);
        Assert.Equal(other.Id, (await project.GetContainerAsync("other", 1, Token)).Id);
    }

    private Task<ContainerEngine> OpenAsync() => ContainerEngine.OpenAsync(new EngineOptions { DataRoot = DataRoot, PrepareContainers = false }, Token);

    private Task UpAsync(ComposeProject project) => project.UpAsync(new ComposeUpOptions { Lifetime = ContainerLifetime.Detached }, Token);

    /// <summary>Brings the first form up, and writes a file into its anonymous volume, whose name is returned.</summary>
    private async Task<string> StartFirstAsync(string companion = "")
    {
        await WriteAsync("one", companion);
        await using ContainerEngine engine = await OpenAsync();
        ComposeProject project = await engine.Compose.LoadAsync(File, Token);
        await UpAsync(project);
        await project.ExecAsync("web", ["sh", "-c", "echo -n kept > /anonymous/file"], Token);
        return Assert.Single((await (await project.GetContainerAsync("web", 1, Token)).InspectAsync(Token)).Volumes).Name;
    }

    private Task WriteAsync(string says, string companion) => System.IO.File.WriteAllTextAsync(
        File,
        $$"""
        name: {{Name}}
        services:
          web:
            image: busybox:test
            command: sleep 1000
            stop_grace_period: 0s
            network_mode: none
            environment: { SAYS: {{says}} }
            volumes: [/anonymous]
            secrets: [{ source: s, mode: 0400 }]
        {{companion}}
        secrets: { s: { file: ./secret } }
        """,
        Token);

    /// <summary>A process changes the project, and is gone with a step.</summary>
    private async Task KillAtAsync(string says, string step, string companion = "")
    {
        using Process worker = await StartWorkerAsync(says, step, companion);
        string error = await worker.StandardError.ReadToEndAsync(Token);
        await worker.WaitForExitAsync(Token);
        const int killed = 128 + 9;
        Assert.True(worker.ExitCode == killed, $"{worker.ExitCode} {error}");
    }

    private async Task<Process> StartWorkerAsync(string says, string step, string companion = "")
    {
        await WriteAsync(says, companion);
        string program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(KillTests).Assembly.Location] : [];
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardError = true };
        start.Environment[UpWorker.Variable] = DataRoot;
        start.Environment[UpWorker.FileVariable] = File;
        start.Environment[UpWorker.StepVariable] = step;
        return Process.Start(start)!;
    }

    private async Task KillAsync(Process worker)
    {
        worker.Kill();
        await worker.WaitForExitAsync(Token);
    }

    /// <summary>One container, of the form that the file has, with all that the first one had, and nothing else.</summary>
    private async Task RequireWholeAsync(ContainerEngine engine, ComposeProject project, string says, string volume)
    {
        ContainerInfo only = Assert.Single(await engine.Containers.ListAsync(Token));
        Assert.Equal((Web, ContainerStatus.Running), (only.Name, only.Status));
        Assert.Equal(only.Id, Assert.Single(await project.ListContainersAsync(Token)).Info.Id);
        Assert.Equal($"{says} kept hidden", (await project.ExecAsync("web", ["sh", "-c", "echo -n $SAYS $(cat /anonymous/file) $(cat /run/secrets/s)"], Token)).StandardOutput);
        Assert.Equal(volume, Assert.Single(await engine.Volumes.ListAsync(null, Token)).Name);
    }

    private async Task RequireNothingAfterDownAsync(ContainerEngine engine, ComposeProject project)
    {
        await project.DownAsync(new ComposeDownOptions { Volumes = true }, Token);
        FilterSet ours = FilterSet.Empty.With("label", $"{ComposeLabels.Project}={Name}");
        Assert.Empty(await engine.Containers.ListAsync(Token));
        Assert.Empty(await engine.Networks.ListAsync(ours, Token));
        Assert.Empty(await engine.Volumes.ListAsync(null, Token));
    }
}
