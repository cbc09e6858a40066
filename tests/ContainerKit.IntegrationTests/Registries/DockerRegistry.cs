using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Registries;

/// <summary>Debian's docker-registry on a free port of 127.0.0.1, with its files in a directory of its own.</summary>
internal sealed class DockerRegistry : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly ServerProcess _server;
    private readonly string _directory;

    private DockerRegistry(ServerProcess server, string directory, int port)
    {
        _server = server;
        _directory = directory;
        Port = port;
    }

    public int Port { get; }

    public string Name => $"127.0.0.1:{Port}";

    /// <summary>Starts a registry, and waits until it listens.</summary>
    /// <param name="http">Further lines of the section http, indented by two.</param>
    /// <param name="further">Further sections.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<DockerRegistry> StartAsync(string http = "", string further = "", CancellationToken cancellationToken = default)
    {
        string program = Capability.Require("docker-registry", "docker-registry");
        string directory = Directory.CreateTempSubdirectory("ck-registry-").FullName;
        for (int attempt = 0; ; attempt++)
        {
            int port = FindPort();
            string configuration = Path.Combine(directory, "config.yml");
            await File.WriteAllTextAsync(configuration, Configure(directory, port, http, further), cancellationToken);
            var server = ServerProcess.Start(Path.Combine(directory, $"log{attempt}"), program, "serve", configuration);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(StartLimit);
            try
            {
                if (await server.WaitAsync(() => Task.FromResult(server.Log.Contains("listening on", StringComparison.Ordinal)), limit.Token))
                {
                    return new DockerRegistry(server, directory, port);
                }
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
            await server.DisposeAsync();

            // Somebody else may have taken the port meanwhile.
            Assert.True(attempt < 5, server.Log);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static string Configure(string directory, int port, string http, string further) => string.Create(CultureInfo.InvariantCulture, $"""
        version: 0.1
        log:
          level: info
          accesslog:
            disabled: true
        storage:
          filesystem:
            rootdirectory: {directory}/storage
          delete:
            enabled: true
        http:
          addr: 127.0.0.1:{port}
        {http}
        {further}
        """);

    private static int FindPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
