using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

[assembly: AssemblyFixture(typeof(ContainerKit.DockerApi.Tests.Hosting.ApiFixture))]

namespace ContainerKit.DockerApi.Tests.Hosting;

/// <summary>One engine and one server for all tests, at a UNIX socket in a directory of their own.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    /// <summary>Bounds what would hang; nothing that works comes near it.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"ck-api-{Guid.NewGuid():N}"[..15]);
    private DockerApiServer? _server;

    internal ContainerEngine Engine { get; private set; } = null!;

    internal string SocketPath => Path.Combine(_directory, "api.sock");

    internal HttpClient Client { get; private set; } = null!;

    internal static bool HasBusybox => BusyboxImage.FindProgram() is not null;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_directory);
        Engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(_directory, "data") });
        if (HasBusybox)
            await BusyboxImage.ImportAsync(Engine, CancellationToken.None);
        _server = await DockerApiServer.StartAsync(Engine, new DockerApiOptions { Hosts = [$"unix://{SocketPath}"] });
        Client = CreateClient();
    }

    internal HttpClient CreateClient() => new(new SocketsHttpHandler { ConnectCallback = async (_, token) => await ConnectAsync(token) })
    {
        BaseAddress = new Uri("http://docker"),
        Timeout = Patience,
    };

    internal async Task<NetworkStream> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>A request with a body of JSON, and its answer read to the end.</summary>
    internal async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The same, for answers that have to succeed.</summary>
    internal async Task<JsonNode?> CallAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        (HttpStatusCode status, string text) = await SendAsync(method, path, body);
        Assert.True((int)status < 400, $"{method} {path}: {(int)status} {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    internal Task<JsonNode?> GetAsync(string path) => CallAsync(HttpMethod.Get, path);

    internal Task<JsonNode?> PostAsync(string path, JsonNode? body = null) => CallAsync(HttpMethod.Post, path, body);

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        if (Engine is not null)
        {
            foreach (ContainerInfo info in await Engine.Containers.ListAsync())
            {
                if (await Engine.Containers.FindAsync(info.Id) is { } container)
                    await container.RemoveAsync(force: true, volumes: true);
            }

            await Engine.DisposeAsync();
        }

        try
        {
            Directory.Delete(_directory, recursive: true);
        }
        catch (UnauthorizedAccessException)
        {
            // Layers of an ordinary user may hold files of mapped users; they are small.
        }
    }
}
