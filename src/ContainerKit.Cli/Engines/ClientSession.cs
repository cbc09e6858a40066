using System.Net.Sockets;
using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Engines;

/// <summary>Finds or opens the engine of a command, for as long as the command takes.</summary>
internal static class ClientSession
{
    public static Task<int> RunAsync(CommandInvocation invocation, Func<DockerClient, Task<int>> work, CancellationToken cancellationToken)
        => RunAsync(invocation, EngineNeed.Any, work, cancellationToken);

    public static async Task<int> RunAsync(CommandInvocation invocation, EngineNeed need, Func<DockerClient, Task<int>> work, CancellationToken cancellationToken)
    {
        DockerClient client = await OpenAsync(EngineChoice.Find(invocation), need, cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
            return await work(client).ConfigureAwait(false);
    }

    /// <summary>For commands that say nothing when they are done.</summary>
    public static Task<int> RunAsync(CommandInvocation invocation, Func<DockerClient, Task> work, CancellationToken cancellationToken)
        => RunAsync(
            invocation,
            async client =>
            {
                await work(client).ConfigureAwait(false);
                return 0;
            },
            cancellationToken);

    public static async Task<DockerClient> OpenAsync(EngineAddress address, EngineNeed need, CancellationToken cancellationToken)
    {
        if (address is not EngineAddress.Local local)
            return await ConnectAsync(address, cancellationToken).ConfigureAwait(false);
        var server = new DataRootServer(local.Path);
        if (await TryConnectAsync(server, cancellationToken).ConfigureAwait(false) is { } running)
            return running;
        if (need == EngineNeed.Server)
        {
            await BackgroundServer.StartAsync(server, cancellationToken).ConfigureAwait(false);
            return await ConnectAsync(server.Address, cancellationToken).ConfigureAwait(false);
        }

        ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = server.DataRoot, PrepareContainers = false }, cancellationToken).ConfigureAwait(false);
        return new DockerClient(new InProcessTransport(engine));
    }

    /// <summary>A connection to the server that commands would talk to; null where they have the engine in this process. Opens no data root.</summary>
    /// <exception cref="IOException">The server does not answer.</exception>
    public static async Task<DockerClient?> FindServerAsync(EngineAddress address, CancellationToken cancellationToken)
        => address is EngineAddress.Local local
            ? await TryConnectAsync(new DataRootServer(local.Path), cancellationToken).ConfigureAwait(false)
            : await ConnectAsync(address, cancellationToken).ConfigureAwait(false);

    private static async Task<DockerClient> ConnectAsync(EngineAddress address, CancellationToken cancellationToken)
    {
        var client = new DockerClient(new SocketTransport(address));
        try
        {
            await client.NegotiateAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Null where nobody serves the data root, or the server is just ending.</summary>
    private static async Task<DockerClient?> TryConnectAsync(DataRootServer server, CancellationToken cancellationToken)
    {
        if (!server.MayRun)
            return null;
        try
        {
            return await ConnectAsync(server.Address, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }
}
