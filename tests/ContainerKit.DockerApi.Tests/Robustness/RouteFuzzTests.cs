using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Robustness;

/// <summary>
/// Every route with generated values in path, query and body, over an engine of its own: prunings are among them. The same values every time; nothing of
/// them leads out of this machine.
/// </summary>
public sealed class RouteFuzzTests : IAsyncDisposable
{
    private static readonly string[] Names = ["runs", "made", "x", "..", "%00", "%2e%2e%2f", "-1", "a b", "é", "{}", new('9', 40), "sha256:0", "busybox:local", "bridge", "127.0.0.1:1/x:y"];

    private static readonly string[] Texts = ["", "0", "1", "true", "x", "-1", "99999999999999999999", "1.5", "/", "/tmp", "/../..", "a=b", "a:b", "80/tcp", "10.0.0.0/99", "::", "[", "\u0000", "é", "x,y", "busybox:local", "null", "1h"];

    private static readonly string[] Parameters =
    [
        "all", "filters", "limit", "since", "until", "size", "name", "platform", "t", "signal", "condition", "h", "w", "path", "stdout", "stderr", "tail", "timestamps", "stream", "one-shot", "logs",
        "detachKeys", "force", "v", "link", "ps_args", "tag", "repo", "names", "fromSrc", "changes", "message", "container", "comment", "pause", "quiet", "noprune", "digests", "shared-size", "manifests",
        "dockerfile", "buildargs", "labels", "nocache", "target", "networkmode", "cachefrom", "ulimits", "memory", "cpushares", "shmsize", "version", "session", "type", "verbose", "scope", "keep-storage",
        "noOverwriteDirNonDir", "copyUIDGID", "term", "unknown",
    ];

    private static readonly string[] Fields =
    [
        "Image", "Cmd", "Entrypoint", "Env", "Labels", "Tty", "User", "WorkingDir", "ExposedPorts", "Volumes", "Healthcheck", "StopTimeout", "StopSignal", "Hostname", "Shell", "OnBuild", "HostConfig",
        "NetworkingConfig", "EndpointsConfig", "Binds", "Mounts", "PortBindings", "Memory", "MemorySwap", "NanoCpus", "CpuQuota", "CpusetCpus", "PidsLimit", "Ulimits", "Devices", "Tmpfs", "Sysctls",
        "RestartPolicy", "LogConfig", "CapAdd", "SecurityOpt", "ExtraHosts", "Dns", "Links", "VolumesFrom", "NetworkMode", "IpcMode", "ShmSize", "ConsoleSize", "GroupAdd", "Annotations", "BlkioDeviceReadBps",
        "MaskedPaths", "Type", "Source", "Target", "TmpfsOptions", "BindOptions", "VolumeOptions", "Options", "Name", "Driver", "DriverOpts", "IPAM", "Config", "Subnet", "Gateway", "IPRange", "EnableIPv6",
        "Container", "EndpointConfig", "IPAMConfig", "IPv4Address", "Aliases", "MacAddress", "Detach", "AttachStdin", "AttachStdout", "Privileged", "username", "password", "MaximumRetryCount", "Test",
        "Interval", "Timeout", "HostIp", "HostPort", "PathOnHost", "Rate", "Soft", "Hard",
    ];

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"ck-fuzz-{Guid.NewGuid():N}"[..16]);

    /// <summary>How often each route is asked; more by CONTAINERKIT_STRESS_FUZZ.</summary>
    private static int Rounds => int.TryParse(Environment.GetEnvironmentVariable("CONTAINERKIT_STRESS_FUZZ"), out int rounds) ? rounds : 8;

    [Fact]
    public async Task No_route_answers_generated_values_with_a_failure_of_the_server()
    {
        ApiTest.RequireBusybox();
        Directory.CreateDirectory(_directory);
        await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(_directory, "data") }, TestContext.Current.CancellationToken);
        await BusyboxImage.ImportAsync(engine, TestContext.Current.CancellationToken);
        string path = Path.Combine(_directory, "s");
        await using DockerApiServer server = await DockerApiServer.StartAsync(engine, new DockerApiOptions { Hosts = [$"unix://{path}"] }, TestContext.Current.CancellationToken);
        using HttpClient client = CreateClient(path);
        await using var service = new DockerApiService(engine, null, null);
        (string Method, string Template)[] routes = [.. service.CreateDispatcher().Templates];
        var random = new Random(20261122);
        List<string> failures = [];
        for (int round = 0; round < Rounds; round++)
        {
            await MakeTargetsAsync(client);
            foreach ((string method, string template) in routes)
            {
                string target = MakePath(random, template);
                string? body = method is "GET" or "HEAD" ? null : MakeBody(random, template);
                try
                {
                    HttpStatusCode status = await SendAsync(client, method, target, body);
                    if (status == HttpStatusCode.InternalServerError)
                        failures.Add($"{method} {target} {body}: {(int)status}");
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested)
                {
                    failures.Add($"{method} {target} {body}: {e.InnerException?.Message ?? e.Message}");
                }
            }
        }

        Assert.Empty(failures);
        Assert.True(routes.Length > 90, $"{routes.Length}");
        Assert.Equal("OK", await client.GetStringAsync("/_ping", TestContext.Current.CancellationToken));
        foreach (ContainerInfo info in await engine.Containers.ListAsync(TestContext.Current.CancellationToken))
        {
            if (await engine.Containers.FindAsync(info.Id, TestContext.Current.CancellationToken) is { } container)
                await container.RemoveAsync(force: true, volumes: true, TestContext.Current.CancellationToken);
        }
    }

    public ValueTask DisposeAsync()
    {
        try
        {
            if (Directory.Exists(_directory))
                Directory.Delete(_directory, recursive: true);
        }
        catch (UnauthorizedAccessException)
        {
            // Layers of an ordinary user may hold files of mapped users; they are small.
        }

        return ValueTask.CompletedTask;
    }

    private static HttpClient CreateClient(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, token) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://docker"),
        Timeout = ApiFixture.Patience,
    };

    /// <summary>Something to act on: earlier requests may have removed it.</summary>
    private static async Task MakeTargetsAsync(HttpClient client)
    {
        const string body = """{"Image":"busybox:local","Cmd":["sh","-c","trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"],"Labels":{"a":"b"}}""";
        foreach (string name in (string[])["runs", "made"])
            await SendAsync(client, "POST", $"/containers/create?name={name}", body);
        await SendAsync(client, "POST", "/containers/runs/start", null);
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient client, string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static string MakePath(Random random, string template)
    {
        // What is not on this machine is looked for at a registry that nobody runs.
        bool isRemote = template.StartsWith("/distribution", StringComparison.Ordinal);
        string path = string.Join('/', template.Split('/').Select(segment => !segment.StartsWith('{') ? segment : isRemote ? "127.0.0.1:1/x" : Pick(random, Names)));
        StringBuilder query = new();
        for (int i = random.Next(4); i > 0; i--)
        {
            string name = Pick(random, Parameters);
            string value = name == "filters" ? MakeFilters(random) : Pick(random, Texts);

            // Waits that are meant to be long, and sizes of what is allocated.
            if (name is "t" && value.StartsWith('-'))
                value = "1";
            query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        if (template == "/images/create")
            query.Append(query.Length == 0 ? '?' : '&').Append("fromImage=").Append(Uri.EscapeDataString("127.0.0.1:1/" + Pick(random, Texts)));
        return string.Create(CultureInfo.InvariantCulture, $"/v1.{random.Next(24, 52)}{path}{query}");
    }

    private static string MakeFilters(Random random) => random.Next(4) switch
    {
        0 => Pick(random, Texts),
        1 => $"{{\"{Pick(random, ["label", "name", "until", "dangling", "status", "type", "x"])}\":[\"{Pick(random, ["a", "a=b", "true", "1h", "-1", "running"])}\"]}}",
        2 => $"{{\"{Pick(random, ["label!", "id", "before", "ancestor", "reference", "driver"])}\":{{\"{Pick(random, ["a", "busybox*", "[", ""])}\":true}}}}",
        _ => "{\"label\":[null]}",
    };

    private static string MakeBody(Random random, string template)
    {
        if (template == "/auth")
            return $$"""{"username":{{MakeValue(random, 0)}},"password":"p","serveraddress":"127.0.0.1:1"}""";
        return random.Next(8) switch
        {
            0 => "",
            1 => Pick(random, ["{", "null", "[]", "\"text\"", "\u0000", "{\"Image\":", "[[[[[[[["]),
            _ => MakeObject(random, 3, random.Next(2) == 0 ? "\"Image\":\"busybox:local\"," : ""),
        };
    }

    private static string MakeObject(Random random, int depth, string begin = "")
        => $"{{{begin}{string.Join(',', Enumerable.Range(0, random.Next(1, 6)).Select(_ => $"\"{Pick(random, Fields)}\":{MakeValue(random, depth - 1)}"))}}}";

    private static string MakeValue(Random random, int depth) => random.Next(depth > 0 ? 10 : 6) switch
    {
        0 => "null",
        1 => random.Next(2) == 0 ? "true" : "false",
        2 => Pick(random, ["0", "1", "-1", "10000000", "9223372036854775807", "1e400", "1.5"]),
        3 or 4 or 5 => JsonValue.Create(Pick(random, Texts)).ToJsonString(),
        6 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => MakeValue(random, depth - 1)))}]",
        7 => $"{{{JsonValue.Create(Pick(random, Texts)).ToJsonString()}:{MakeValue(random, depth - 1)}}}",
        _ => MakeObject(random, depth),
    };

    private static string Pick(Random random, string[] values) => values[random.Next(values.Length)];
}
