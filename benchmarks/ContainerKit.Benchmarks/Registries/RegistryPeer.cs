using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Benchmarks.CommandLine;
using ContainerKit.Benchmarks.Distribution;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Oci;
using static System.FormattableString;

namespace ContainerKit.Benchmarks.Registries;

/// <summary>A registry in a process of its own.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="Owner">Ends it.</param>
internal sealed record RegistryPeer(IPEndPoint Address, int ProcessId, IAsyncDisposable Owner) : IAsyncDisposable
{
    public static async Task<RegistryPeer> StartDebianAsync(Workspace workspace, string name, CancellationToken cancellationToken)
    {
        var registry = await LoopbackRegistry.StartAsync(workspace, name, cancellationToken);
        return new RegistryPeer(IPEndPoint.Parse(registry.Name), registry.ProcessId, registry);
    }

    /// <summary><c>ckit registry serve</c>.</summary>
    public static async Task<RegistryPeer> StartOwnAsync(Workspace workspace, string name, CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = (IPEndPoint)listener.LocalEndpoint;
        listener.Stop();
        var command = ServedEngine.FindProgram().With("registry", "serve", "--host", address.ToString(), "--storage", workspace.CreateDirectory(name), "--log-level", "warn");
        var daemon = Daemon.Start(command, workspace.PathOf(name + ".log"));
        try
        {
            using var client = new RegistryClient(new RegistryClientOptions { Credentials = CredentialSources.None, MaxRetries = 0 });
            await daemon.WaitUntilReadyAsync(stop => LoopbackRegistry.AnswersAsync(client, address.ToString(), stop), cancellationToken);
            return new RegistryPeer(address, daemon.Id, daemon);
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>The most memory that it has had, in bytes (VmHWM of proc_pid_status(5)).</summary>
    public long ReadPeakMemory() => ReadKilobytes("status", "VmHWM:");

    /// <summary>The memory that it has now, in bytes, what it shares with others counted in part (Pss of proc_pid_smaps(5)).</summary>
    public long ReadProportionalMemory() => ReadKilobytes("smaps_rollup", "Pss:");

    /// <summary>Processor seconds so far, of utime and stime of proc_pid_stat(5), which are in hundredths.</summary>
    public double ReadProcessorSeconds()
    {
        var text = File.ReadAllText(Invariant($"/proc/{ProcessId}/stat"));
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    public ValueTask DisposeAsync() => Owner.DisposeAsync();

    private long ReadKilobytes(string file, string field)
        => 1024 * File.ReadLines(Invariant($"/proc/{ProcessId}/{file}"))
            .Where(line => line.StartsWith(field, StringComparison.Ordinal))
            .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))
            .Single();
}
