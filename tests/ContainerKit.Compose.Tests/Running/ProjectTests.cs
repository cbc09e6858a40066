using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net.Sockets;
using ContainerKit.Compose.Services;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.Compose.Tests.Running;

/// <summary>Projects on a real engine.</summary>
public sealed class ProjectTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>, IProgress<ComposeProgress>, IDisposable
{
    private static int s_number;

    private readonly CancellationTokenSource _bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly ConcurrentQueue<ComposeProgress> _progress = new();
    private readonly string _name = $"p{Environment.ProcessId}x{Interlocked.Increment(ref s_number)}";

    private ContainerEngine Engine => busybox.Engine;

    private CancellationToken Token
    {
        get
        {
            _bound.CancelAfter(TimeSpan.FromMinutes(3));
            return _bound.Token;
        }
    }

    void IProgress<ComposeProgress>.Report(ComposeProgress value) => _progress.Enqueue(value);

    public void Dispose() => _bound.Dispose();

    [Fact]
    public async Task Up_starts_in_order_changes_what_changed_and_down_leaves_nothing()
    {
        RequireNetworks();
        ComposeProject project = await LoadAsync("""
            services:
              web:
                image: busybox:test
                command: sh -c "echo web-begins; exec sleep 1000"
                init: true
                depends_on:
                  db: { condition: service_healthy }
                  init: { condition: service_completed_successfully }
                volumes: ["data:/data", /anonymous]
                environment: { MODE: "${MODE:-one}" }
              db:
                image: busybox:test
                command: sh -c "echo ready > /tmp/ready; exec sleep 1000"
                init: true
                healthcheck: { test: [CMD, test, -f, /tmp/ready], interval: 100ms, start_interval: 50ms, start_period: 1m }
              init:
                image: busybox:test
                command: sh -c "echo made > /data/made"
                volumes: ["data:/data"]
            volumes: { data: }
            """);
        await UpAsync(project);

        string[] order = [.. _progress.Select(step => step.ToString())];
        Assert.True(Array.IndexOf(order, $"Container {_name}-db-1 Healthy") < Array.IndexOf(order, $"Container {_name}-web-1 Created"), string.Join('\n', order));
        Assert.True(Array.IndexOf(order, $"Container {_name}-init-1 Exited") < Array.IndexOf(order, $"Container {_name}-web-1 Created"), string.Join('\n', order));
        Assert.Equal("made\n", (await project.ExecAsync("web", ["cat", "/data/made"], Token)).StandardOutput);
        Container first = await project.GetContainerAsync("web", 1, Token);
        ContainerInfo info = await first.InspectAsync(Token);
        Assert.Equal((_name, "web", "1"), (info.Labels[ComposeLabels.Project], info.Labels[ComposeLabels.Service], info.Labels[ComposeLabels.Number]));
        Assert.Contains("db:service_healthy:false", info.Labels[ComposeLabels.DependsOn], StringComparison.Ordinal);
        await project.ExecAsync("web", ["touch", "/anonymous/kept"], Token);

        // Nothing changed: nothing is done.
        await UpAsync(project);
        Assert.Equal(first.Id, (await project.GetContainerAsync("web", 1, Token)).Id);

        // One thing changed: one container is another one, and has the anonymous volume of the first.
        ComposeProject changed = await LoadAsync(project.ToYaml().Replace("MODE: one", "MODE: two", StringComparison.Ordinal));
        await UpAsync(changed);
        Assert.NotEqual(first.Id, (await changed.GetContainerAsync("web", 1, Token)).Id);
        Assert.Equal("two\n", (await changed.ExecAsync("web", ["sh", "-c", "test -f /anonymous/kept && echo $MODE"], Token)).StandardOutput);

        // Once more: it is handed on from the second to the third.
        changed = await LoadAsync(project.ToYaml().Replace("MODE: one", "MODE: three", StringComparison.Ordinal));
        await UpAsync(changed);
        Assert.Equal("three\n", (await changed.ExecAsync("web", ["sh", "-c", "test -f /anonymous/kept && echo $MODE"], Token)).StandardOutput);
        string[] used = [.. (await (await changed.GetContainerAsync("web", 1, Token)).InspectAsync(Token)).Volumes.Select(volume => volume.Name)];
        Assert.Equal(2, used.Length);

        await changed.DownAsync(new ComposeDownOptions { Volumes = true, StopTimeout = TimeSpan.Zero }, Token);
        await RequireNothingAsync();
        Assert.DoesNotContain(await Engine.Volumes.ListAsync(null, Token), volume => used.Contains(volume.Name));
    }

    [Fact]
    public async Task Services_find_each_other_publish_ports_and_are_scaled()
    {
        RequireNetworks();
        ComposeProject project = await LoadAsync("""
            services:
              web:
                image: busybox:test
                command: sh -c "mkdir /www; hostname > /www/index.html; exec busybox httpd -f -p 80 -h /www"
                init: true
                ports: ["127.0.0.1::80"]
                networks: { front: { aliases: [www] } }
              client:
                image: busybox:test
                command: sleep 1000
                init: true
                networks: [front]
            networks: { front: }
            """);
        await project.UpAsync(new ComposeUpOptions { Scale = ImmutableSortedDictionary<string, int>.Empty.Add("web", 2), Progress = this }, Token);

        ExecResult names = await project.ExecAsync("client", ["busybox", "nslookup", "www", "127.0.0.11"], Token);
        Assert.Equal(2, names.StandardOutput.Split('\n').Count(line => line.StartsWith("Address", StringComparison.Ordinal) && !line.Contains("127.0.0.11", StringComparison.Ordinal)));
        Container second = await project.GetContainerAsync("web", 2, Token);
        Assert.Contains(second.ShortId, await FetchAsync(second.GetHostEndpoint(80)), StringComparison.Ordinal);

        await UpAsync(project);
        Assert.Equal(["client 1", "web 1"], (await project.ListContainersAsync(Token)).Select(container => $"{container.Service} {container.Number}"));
        await project.DownAsync(new ComposeDownOptions { StopTimeout = TimeSpan.Zero }, Token);
        await RequireNothingAsync();
    }

    [Fact]
    public async Task Secrets_and_configs_are_files_logs_are_one_and_services_stop_and_start()
    {
        busybox.RequireUsers();
        ComposeProject project = await LoadAsync("""
            services:
              a:
                image: busybox:test
                command: sh -c "cat /run/secrets/s /etc/app.conf; stat -c '%u %a' /etc/app.conf; echo done"
                network_mode: none
                secrets: [s]
                configs: [{ source: c, target: /etc/app.conf, uid: "1000", mode: 0400 }]
              b:
                image: busybox:test
                command: sh -c "echo begin; exec sleep 1000"
                network_mode: none
                init: true
            secrets: { s: { environment: SECRET } }
            configs: { c: { content: "configured\n" } }
            """);
        await UpAsync(project);
        await (await project.GetContainerAsync("a", 1, Token)).WaitAsync(Token);

        List<string> lines = [];
        await foreach (ComposeLogLine line in project.ReadLogsAsync(new ComposeLogOptions { Services = ["a"], Follow = true }, Token))
            lines.Add($"{line.Service}-{line.Number} {line.Line.Text}");
        Assert.Equal(["a-1 hiddenconfigured", "a-1 1000 400", "a-1 done"], lines);
        await project.StopAsync(["b"], TimeSpan.Zero, this, Token);
        Assert.Equal(ContainerStatus.Exited, (await (await project.GetContainerAsync("b", 1, Token)).InspectAsync(Token)).Status);
        await project.StartAsync(["b"], this, Token);
        Assert.Equal(ContainerStatus.Running, (await (await project.GetContainerAsync("b", 1, Token)).InspectAsync(Token)).Status);
        ComposeProjectInfo listed = Assert.Single(await Engine.Compose.ListAsync(Token), each => each.Name == _name);
        Assert.Equal((1, 2), (listed.Running, listed.Containers));
        await project.DownAsync(new ComposeDownOptions { StopTimeout = TimeSpan.Zero }, Token);
        await RequireNothingAsync();
    }

    [Fact]
    public async Task A_service_that_fails_stops_those_that_need_it_and_says_why()
    {
        BusyboxFixture.RequireBusybox();
        ComposeProject project = await LoadAsync("""
            services:
              init: { image: "busybox:test", command: sh -c "echo no luck; exit 3", network_mode: none }
              web: { image: "busybox:test", command: sleep 1000, network_mode: none, depends_on: { init: { condition: service_completed_successfully } } }
            """);

        InvalidStateException error = await Assert.ThrowsAsync<InvalidStateException>(() => UpAsync(project));

        Assert.Contains("web needs init", error.Message, StringComparison.Ordinal);
        Assert.Contains("exit code 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("no luck", error.Message, StringComparison.Ordinal);
        Assert.Equal(["init"], (await project.ListContainersAsync(Token)).Select(container => container.Service));
        await project.DownAsync(null, Token);
    }

    [Fact]
    public async Task Images_are_built_and_orphans_are_removed()
    {
        BusyboxFixture.RequireBusybox();
        const string web = "  web: { build: { dockerfile_inline: \"FROM busybox:test\\nARG A\\nENV A=$$A\\n\", args: [A=b] }, command: sleep 1000, init: true, network_mode: none }\n";
        ComposeProject both = await LoadAsync($"services:\n{web}  old: {{ image: \"busybox:test\", command: sleep 1000, init: true, network_mode: none }}\n");
        await UpAsync(both);
        ComposeProject one = await LoadAsync($"services:\n{web}");
        await UpAsync(one);
        Assert.Contains(_progress, step => step == new ComposeProgress(ComposeResource.Container, $"{_name}-old-1", ComposeAction.Orphaned));
        Assert.Equal("b\n", (await one.ExecAsync("web", ["sh", "-c", "echo $A"], Token)).StandardOutput);

        await one.UpAsync(new ComposeUpOptions { RemoveOrphans = true, StopTimeout = TimeSpan.Zero }, Token);
        Assert.Equal(["web"], (await one.ListContainersAsync(Token)).Select(container => container.Service));
        await one.DownAsync(new ComposeDownOptions { Images = ComposeImageRemoval.Local, StopTimeout = TimeSpan.Zero }, Token);
        Assert.Null(await Engine.Images.FindAsync($"{_name}-web", Token));
    }

    [Fact]
    public async Task What_is_external_or_missing_is_named()
    {
        RequireNetworks();
        ComposeProject network = await LoadAsync("services: { web: { image: \"busybox:test\", networks: [n] } }\nnetworks: { n: { external: true, name: nobodys } }\n");
        Assert.Contains("nobodys", (await Assert.ThrowsAsync<NotFoundException>(() => UpAsync(network))).Message, StringComparison.Ordinal);
        ComposeProject image = await LoadAsync("services: { web: { image: \"none:never\", pull_policy: never } }\n");
        Assert.Contains("none:never", (await Assert.ThrowsAsync<NotFoundException>(() => UpAsync(image))).Message, StringComparison.Ordinal);
        Assert.Contains("has web", (await Assert.ThrowsAsync<NotFoundException>(() => image.UpAsync(new ComposeUpOptions { Services = ["other"] }, Token))).Message, StringComparison.Ordinal);
    }

    private Task<ComposeProject> LoadAsync(string yaml)
    {
        BusyboxFixture.RequireBusybox();
        return Engine.Compose.ParseAsync(yaml, new ComposeOptions { ProjectName = _name, ProjectDirectory = busybox.Directory, Environment = new Dictionary<string, string> { ["SECRET"] = "hidden" } }, Token);
    }

    private Task UpAsync(ComposeProject project) => project.UpAsync(new ComposeUpOptions { Progress = this, StopTimeout = TimeSpan.Zero }, Token);

    private void RequireNetworks() => Assert.SkipUnless(Engine.Networks.IsAvailable, $"missing capability: networks ({Engine.Networks.UnavailableReason})");

    private async Task RequireNothingAsync()
    {
        FilterSet ours = FilterSet.Empty.With("label", $"{ComposeLabels.Project}={_name}");
        Assert.Empty(await Engine.Containers.ListAsync(new ContainerListOptions { Filters = ours }, Token));
        Assert.Empty(await Engine.Networks.ListAsync(ours, Token));
        Assert.Empty(await Engine.Volumes.ListAsync(ours, Token));
    }

    /// <summary>Asks until the server listens: it was started just now.</summary>
    private async Task<string> FetchAsync(System.Net.IPEndPoint server)
    {
        CancellationToken bound = Token;
        while (true)
        {
            try
            {
                using TcpClient client = new(server.AddressFamily);
                await client.ConnectAsync(server, bound);
                await client.GetStream().WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), bound);
                string answer = await new StreamReader(client.GetStream()).ReadToEndAsync(bound);
                if (answer.Length > 0)
                    return answer;
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Not yet: the forwarder accepts before the server listens.
            }

            await Task.Delay(20, bound);
        }
    }
}
