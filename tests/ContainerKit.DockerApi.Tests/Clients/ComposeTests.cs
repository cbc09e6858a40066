using System.Net;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Clients;

/// <summary>docker-compose 1.29, Debian's package docker-compose.</summary>
public sealed class ComposeTests(ApiFixture api) : ApiTest(api), IDisposable
{
    private const string File = """
        version: "2.4"
        services:
          db:
            image: busybox:local
            command: ["sh", "-c", "echo start >> /data/starts; touch /tmp/ready; trap 'exit 0' TERM; while :; do sleep 1 & wait $$!; done"]
            volumes: ["data:/data"]
            networks: [back]
            healthcheck: {test: ["CMD", "test", "-f", "/tmp/ready"], interval: 1s, timeout: 60s, retries: 100}
          web:
            build: {context: ./web, args: {GREETING: "hello from compose"}}
            networks: {back: {aliases: [www]}, front: {}}
            ports: ["80"]
            environment: [A=1, "B=two words"]
            stop_signal: SIGKILL
            depends_on: {db: {condition: service_healthy}}
            healthcheck: {test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"], interval: 1s, timeout: 60s, retries: 100}
          worker:
            image: busybox:local
            command: ["sh", "-c", "wget -q -O - http://www/; echo asked; trap 'exit 0' TERM; while :; do sleep 1 & wait $$!; done"]
            networks: [back]
            volumes: ["/scratch", "./web:/src:ro"]
            depends_on: {web: {condition: service_healthy}, db: {condition: service_started}}
            restart: unless-stopped
            labels: {role: worker}
        networks:
          back: {internal: true}
          front: {}
        volumes:
          data: {labels: {kind: test}}
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("ck-compose-").FullName;
    private readonly string _project = UniqueName("ckc").Replace("-", "", StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Project_is_brought_up_scaled_restarted_recreated_and_torn_down()
    {
        RequireBusybox();
        if (ClientProgram.Find("docker-compose") is null)
            Assert.Skip("missing capability: docker-compose 1.29 (Debian package docker-compose)");
        if (Api.Engine.Networks.UnavailableReason is { } reason)
            Assert.Skip($"missing capability: networks ({reason})");
        Directory.CreateDirectory(Path.Combine(_directory, "web"));
        await System.IO.File.WriteAllTextAsync(Path.Combine(_directory, "docker-compose.yml"), File, TestContext.Current.CancellationToken);
        await System.IO.File.WriteAllTextAsync(
            Path.Combine(_directory, "web", "Dockerfile"),
            "FROM busybox:local\nARG GREETING=none\nRUN mkdir -p /www && echo \"$GREETING\" > /www/index.html\nCMD [\"httpd\", \"-f\", \"-p\", \"80\", \"-h\", \"/www\"]\n",
            TestContext.Current.CancellationToken);

        await ComposeAsync("up", "-d", "--build");
        Assert.Equal("start\n", await ComposeAsync("exec", "-T", "db", "cat", "/data/starts"));
        string port = (await ComposeAsync("port", "web", "80")).Trim().Split(':')[^1];
        using (var client = new HttpClient { Timeout = ApiFixture.Patience })
            Assert.Equal("hello from compose\n", await client.GetStringAsync($"http://127.0.0.1:{port}/", TestContext.Current.CancellationToken));

        // Those that are there already stay.
        string first = (await ComposeAsync("ps", "-q", "worker")).Trim();
        await ComposeAsync("up", "-d", "--scale", "worker=3", "--no-recreate");
        Assert.Contains(first, await WorkersAsync());
        Assert.Equal(3, (await WorkersAsync()).Length);
        await ComposeAsync("up", "-d", "--scale", "worker=1");
        Assert.Single(await WorkersAsync());

        await ComposeAsync("restart", "db");
        Assert.Equal("start\nstart\n", await ComposeAsync("exec", "-T", "db", "cat", "/data/starts"));
        await ComposeAsync("up", "-d", "--force-recreate", "--no-deps", "worker");
        Assert.DoesNotContain(first, await WorkersAsync());
        Assert.Equal("one-off\n", await ComposeAsync("run", "--rm", "--no-deps", "-T", "worker", "echo", "one-off"));
        await ComposeAsync("stop", "worker");
        await ComposeAsync("start", "worker");

        await ComposeAsync("down", "-v", "--rmi", "local");
        string label = Uri.EscapeDataString($"{{\"label\":[\"com.docker.compose.project={_project}\"]}}");
        Assert.Empty((await Api.GetAsync($"/containers/json?all=1&filters={label}"))!.AsArray());
        Assert.Empty((await Api.GetAsync($"/networks?filters={label}"))!.AsArray());
        Assert.Empty((await Api.GetAsync($"/volumes?filters={label}"))!["Volumes"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await Api.SendAsync(HttpMethod.Get, $"/images/{_project}_web/json")).Status);
    }

    private async Task<string[]> WorkersAsync() => (await ComposeAsync("ps", "-q", "worker")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task<string> ComposeAsync(params string[] arguments)
    {
        (int code, string output, string error) = await ClientProgram.RunAsync(Api, ClientProgram.Find("docker-compose")!, _directory, ["--project-name", _project, .. arguments]);
        Assert.True(code == 0, $"docker-compose {string.Join(' ', arguments)}: {code}\n{output}\n{error}");
        return output;
    }
}
