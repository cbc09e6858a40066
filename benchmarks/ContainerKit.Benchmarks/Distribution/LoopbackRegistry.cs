using System.Net;
using System.Net.Sockets;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Oci;
using static System.FormattableString;

namespace ContainerKit.Benchmarks.Distribution;

/// <summary>Debian's docker-registry on a free port of 127.0.0.1, with its files in the workspace.</summary>
internal sealed class LoopbackRegistry : IAsyncDisposable
{
    private readonly Daemon _daemon;
    private readonly string _storage;

    private LoopbackRegistry(Daemon daemon, string storage, int port)
    {
        _daemon = daemon;
        _storage = storage;
        Name = Invariant($"127.0.0.1:{port}");
    }

    /// <summary>Address and port.</summary>
    public string Name { get; }

    /// <summary>Its process.</summary>
    public int ProcessId => _daemon.Id;

    /// <summary>Starts one.</summary>
    /// <exception cref="PlatformNotSupportedException">It is not installed.</exception>
    public static async Task<LoopbackRegistry> StartAsync(Workspace workspace, string name, CancellationToken cancellationToken)
    {
        var program = ExternalCommand.Find("docker-registry") ?? throw new PlatformNotSupportedException("there is no docker-registry (apt-get install docker-registry)");
        var storage = workspace.CreateDirectory(name);
        var port = FindPort();
        var configuration = workspace.PathOf(name + ".yml");
        await File.WriteAllTextAsync(configuration, Invariant($"""
            version: 0.1
            log: {"{"} level: error, accesslog: {"{"} disabled: true {"}"} {"}"}
            storage: {"{"} filesystem: {"{"} rootdirectory: {storage} {"}"} {"}"}
            http: {"{"} addr: "127.0.0.1:{port}" {"}"}
            """), cancellationToken);
        var daemon = Daemon.Start(new ExternalCommand(program, "serve", configuration), workspace.PathOf(name + ".log"));
        var registry = new LoopbackRegistry(daemon, storage, port);
        try
        {
            using var client = new RegistryClient(new RegistryClientOptions { Credentials = CredentialSources.None, MaxRetries = 0 });
            await daemon.WaitUntilReadyAsync(async stop => await AnswersAsync(client, registry.Name, stop), cancellationToken);
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    /// <summary>Keeps what the registry has now.</summary>
    public Task SaveAsync(string copy, CancellationToken cancellationToken)
        => new ExternalCommand("/bin/cp", "--archive", _storage, copy).CaptureSuccessAsync(cancellationToken);

    /// <summary>Makes the registry have what it had; nothing for null.</summary>
    public async Task RestoreAsync(string? copy, CancellationToken cancellationToken)
    {
        foreach (var directory in Directory.GetDirectories(_storage))
            Directory.Delete(directory, recursive: true);
        if (copy is not null)
            await new ExternalCommand("/bin/cp", "--archive", copy + "/.", _storage).CaptureSuccessAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();

    /// <summary>True where a registry answers.</summary>
    public static async Task<bool> AnswersAsync(RegistryClient client, string name, CancellationToken cancellationToken)
    {
        try
        {
            await client.PingAsync(name, cancellationToken);
            return true;
        }
        catch (RegistryException)
        {
            return false;
        }
    }

    private static int FindPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
