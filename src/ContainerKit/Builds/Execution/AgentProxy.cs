using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;

namespace ContainerKit.Builds.Execution;

/// <summary>
/// A socket that leads to an ssh agent of this machine, for one command: the agent's own one has the owner and the mode that the agent wants,
/// and often a directory that nobody else may enter.
/// </summary>
internal sealed class AgentProxy : IAsyncDisposable
{
    private const string Name = "agent";
    private const int Backlog = 16;
    private const int MaxConnections = 64;
    private const int BufferSize = 16 * 1024;

    private readonly StagingArea _staging;
    private readonly Socket _listener;
    private readonly string _agent;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private AgentProxy(StagingArea staging, Socket listener, string agent)
    {
        _staging = staging;
        _listener = listener;
        _agent = agent;
        _accepting = AcceptAsync();
    }

    /// <summary>The socket.</summary>
    public string Path => System.IO.Path.Combine(_staging.Path, Name);

    /// <summary>Makes the socket.</summary>
    /// <param name="session">The build.</param>
    /// <param name="agent">The agent's socket.</param>
    /// <param name="mode">Permission bits.</param>
    /// <param name="user">The owner inside.</param>
    /// <param name="group">The group inside.</param>
    /// <exception cref="NotFoundException">There is no such agent.</exception>
    /// <exception cref="UnsupportedException">The socket can't have this owner.</exception>
    public static AgentProxy Start(BuildSession session, string agent, uint mode, uint user, uint group)
    {
        agent = System.IO.Path.GetFullPath(agent);
        if (!File.Exists(agent))
        {
            throw new NotFoundException($"There is no socket {agent}, which is to be an ssh agent of the build.");
        }
        StagingArea staging = StagingArea.Create(session.Images.Root, new SquashedOwnership());
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // A data root may be deeper than the 107 bytes that a socket's path may have (unix(7)).
            using RootedDirectory directory = RootedDirectory.Open(staging.Path);
            listener.Bind(new UnixDomainSocketEndPoint(ShortPath(directory, Name)));
            listener.Listen(Backlog);
            byte[] name = Encoding.UTF8.GetBytes(Name);
            if (user != 0 || group != 0)
            {
                SetOwner(session, directory, name, user, group);
            }
            directory.SetMode(name, mode);
            return new AgentProxy(staging, listener, agent);
        }
        catch
        {
            listener.Dispose();
            staging.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _accepting.ConfigureAwait(false);
        _listener.Dispose();
        _stop.Dispose();
        await _staging.DisposeAsync().ConfigureAwait(false);
    }

    private static void SetOwner(BuildSession session, RootedDirectory directory, byte[] name, uint user, uint group)
    {
        if (session.Builder.Ownership.Mode != OwnershipMode.Direct)
        {
            throw new UnsupportedException("A mount of the type ssh can have uid or gid only where the engine runs as root. Leave them out, or run the command as root.");
        }
        directory.SetOwner(name, user, group);
    }

    private static string ShortPath(RootedDirectory directory, string name)
        => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory.Handle.DangerousGetHandle()}/{name}");

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                connections.RemoveAll(connection => connection.IsCompleted);
                if (connections.Count >= MaxConnections)
                {
                    await Task.WhenAny(connections).ConfigureAwait(false);
                }
                connections.Add(ConnectAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            // The command has ended.
        }
        catch (SocketException)
        {
            // No descriptor is left (EMFILE): the command finds nobody here any more, as with an agent that has ended.
        }
        await Task.WhenAll(connections).ConfigureAwait(false);
    }

    private async Task ConnectAsync(Socket client)
    {
        using (client)
        using (var agent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            try
            {
                using RootedDirectory directory = RootedDirectory.Open(System.IO.Path.GetDirectoryName(_agent)!);
                await agent.ConnectAsync(new UnixDomainSocketEndPoint(ShortPath(directory, System.IO.Path.GetFileName(_agent))), _stop.Token).ConfigureAwait(false);
                await Task.WhenAll(PassAsync(client, agent), PassAsync(agent, client)).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or IOException)
            {
                // The agent or the command is gone; whoever is left sees the connection end.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to)
    {
        try
        {
            byte[] buffer = new byte[BufferSize];
            while (await from.ReceiveAsync(buffer, SocketFlags.None, _stop.Token).ConfigureAwait(false) is var read and > 0)
            {
                for (int sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), SocketFlags.None, _stop.Token).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            // Also after a failure: the other direction ends by it.
            to.Shutdown(SocketShutdown.Send);
        }
    }
}
