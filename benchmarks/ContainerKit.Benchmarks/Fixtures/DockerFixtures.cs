using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;
using ContainerKit.Testing;

namespace ContainerKit.Benchmarks.Fixtures;

/// <summary>A PostgreSQL by the API of a dockerd of our own, as Testcontainers asks for it.</summary>
internal sealed class DockerFixtures : IAsyncDisposable
{
    private const string Committed = "ckbench-committed:1";
    private readonly DockerDaemons _daemons;
    private readonly HttpClient _client;
    private readonly string _image;
    private readonly PostgreSql _module;

    private DockerFixtures(DockerDaemons daemons, string socket, string image, PostgreSql module)
    {
        (_daemons, _image, _module) = (daemons, image, module);
        _client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), token);
                return new NetworkStream(connection, ownsSocket: true);
            },
        })
        { BaseAddress = new Uri("http://docker/v1.41/") };
    }

    public string Version { get; private set; } = "";

    /// <summary>Starts the daemon and gives it the image; null where that can't be.</summary>
    public static async Task<DockerFixtures?> TryStartAsync(Workspace workspace, ContainerEngine engine, string image, PostgreSql module, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess || ExternalCommand.Find("docker") is not { } docker || ExternalCommand.Find("dockerd") is not { } dockerd || ExternalCommand.Find("containerd") is not { } containerd)
            return null;
        var daemons = await DockerDaemons.StartAsync(workspace, docker, dockerd, containerd, DockerNetwork.Own, cancellationToken);
        var fixtures = new DockerFixtures(daemons, Path.Combine(workspace.PathOf("docker"), "docker.sock"), image, module);
        try
        {
            var archive = workspace.PathOf("postgres.tar");
            await engine.Images.SaveAsync([image], archive, ImageArchiveFormat.Docker, cancellationToken);
            await daemons.Client.With("load", "--quiet", "--input", archive).CaptureSuccessAsync(cancellationToken);
            fixtures.Version = await daemons.Client.With("version", "--format", "{{.Server.Version}}").CaptureSuccessAsync(cancellationToken);
            await fixtures.CommitAsync(cancellationToken);
            return fixtures;
        }
        catch
        {
            await fixtures.DisposeAsync();
            throw;
        }
    }

    public Task<IAsyncDisposable> StartAsync(CancellationToken cancellationToken) => StartAsync(_image, cancellationToken);

    public Task<IAsyncDisposable> StartCommittedAsync(CancellationToken cancellationToken) => StartAsync(Committed, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _daemons.DisposeAsync();
    }

    private async Task<IAsyncDisposable> StartAsync(string image, CancellationToken cancellationToken)
    {
        var spec = _module.ToSpec();
        var port = string.Create(CultureInfo.InvariantCulture, $"{_module.Port}/tcp");
        var created = await PostAsync("containers/create", new JsonObject
        {
            ["Image"] = image,
            ["Env"] = new JsonArray([.. spec.Environment.Select(each => (JsonNode)$"{each.Key}={each.Value}")]),
            ["Cmd"] = new JsonArray([.. spec.Command!.Value.Select(each => (JsonNode)each)]),
            ["ExposedPorts"] = new JsonObject { [port] = new JsonObject() },
            ["HostConfig"] = new JsonObject { ["PortBindings"] = new JsonObject { [port] = new JsonArray(new JsonObject { ["HostPort"] = "" }) } },
        }, cancellationToken);
        var id = (string)created!["Id"]!;
        await PostAsync($"containers/{id}/start", null, cancellationToken);
        while (await ExecAsync(id, ["pg_isready", "-h", "127.0.0.1", "-U", _module.User, "-d", _module.Database], cancellationToken) != 0)
        {
            await Task.Delay(10, cancellationToken);
        }

        return new DockerContainer(_client, id);
    }

    private async Task CommitAsync(CancellationToken cancellationToken)
    {
        await using var container = (DockerContainer)await StartAsync(_image, cancellationToken);
        await PostAsync($"containers/{container.Id}/stop", null, cancellationToken);
        await PostAsync($"commit?container={container.Id}&repo={Committed.Split(':')[0]}&tag={Committed.Split(':')[1]}", new JsonObject(), cancellationToken);
    }

    private async Task<int> ExecAsync(string id, string[] command, CancellationToken cancellationToken)
    {
        var created = await PostAsync($"containers/{id}/exec", new JsonObject { ["Cmd"] = new JsonArray([.. command.Select(each => (JsonNode)each)]), ["AttachStdout"] = true }, cancellationToken);
        await PostAsync($"exec/{(string)created!["Id"]!}/start", new JsonObject { ["Detach"] = false }, cancellationToken, isJson: false);
        var exec = await _client.GetFromJsonAsync<JsonNode>($"exec/{(string)created["Id"]!}/json", cancellationToken);
        return (int)exec!["ExitCode"]!;
    }

    private async Task<JsonNode?> PostAsync(string path, JsonNode? body, CancellationToken cancellationToken, bool isJson = true)
    {
        using var content = body is null ? null : new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        using var response = await _client.PostAsync(new Uri(path, UriKind.Relative), content, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw new PeerFailedException($"docker: POST {path}: {text}");
        return isJson && text.Length > 0 ? JsonNode.Parse(text) : null;
    }

    private sealed class DockerContainer(HttpClient client, string id) : IAsyncDisposable
    {
        public string Id => id;

        public async ValueTask DisposeAsync()
        {
            using var response = await client.DeleteAsync(new Uri($"containers/{id}?force=1&v=1", UriKind.Relative));
        }
    }
}
