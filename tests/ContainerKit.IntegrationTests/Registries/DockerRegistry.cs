using System.Diagnostics;
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

    private readonly Process _process;
    private readonly string _directory;

    private DockerRegistry(Process process, string directory, int port)
    {
        _process = process;
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
            var start = new ProcessStartInfo(program, ["serve", configuration]) { RedirectStandardOutput = true, RedirectStandardError = true };
            Process process = Process.Start(start)!;
            string? failure = await WaitAsync(process, cancellationToken);
            if (failure is null)
            {
                return new DockerRegistry(process, directory, port);
            }
            process.Dispose();

            // Somebody else may have taken the port meanwhile.
            Assert.True(attempt < 5, failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
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

    /// <summary>Waits for the line that says that it listens; what it wrote where it ends instead.</summary>
    private static async Task<string?> WaitAsync(Process process, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        var lines = new List<string>();
        while (await process.StandardError.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains("listening on", StringComparison.Ordinal))
            {
                // Read on, so that it never waits for us.
                process.BeginOutputReadLine();
                _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return null;
            }
            lines.Add(line);
        }
        await process.WaitForExitAsync(limit.Token);
        return string.Join('\n', lines);
    }
}
