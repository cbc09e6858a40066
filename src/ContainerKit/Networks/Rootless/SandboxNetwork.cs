using System.Collections.Immutable;
using System.Net.Sockets;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Linux.Netlink;
using ContainerKit.Linux.Sockets;
using ContainerKit.Networks.Forwarding;
using ContainerKit.Networks.Host;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Networks.Rootless;

/// <summary>
/// The network of an ordinary user's engine: a sandbox in which he may make bridges, with a way out through pasta or slirp4netns where one is
/// installed. It is made with the first use, and ends with the engine.
/// </summary>
/// <param name="userNamespace">That of the engine's containers: who made their network namespaces may move interfaces into them.</param>
/// <param name="time">Measures how long the way out takes to be there.</param>
/// <param name="logger">Is told when there is no way out.</param>
/// <param name="tools">Programs that may be used for it.</param>
internal sealed partial class SandboxNetwork(UserNamespace userNamespace, TimeProvider time, ILogger logger, ImmutableArray<OutgoingTool>? tools = null) : INetworkHost
{
    private const int RouteProtocol = 0;
    private const int FilterProtocol = 12;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private Opened? _opened;
    private bool _isDisposed;

    public bool ForwardsPorts => false;

    public bool OutlivesEngine => false;

    public string? Limitation => _opened is { Connection: null } opened ? $"Containers reach each other but nothing outside: {opened.Reason}." : null;

    public bool LeadsOutside => _opened is { } opened ? opened.Connection is not null : (tools ?? OutgoingTool.All).Any(tool => !tool.FindPaths().IsEmpty);

    public NamespaceSockets Sockets => Sandbox.Sockets;

    public IDialer Dialer => (_opened ?? throw NotOpened()).Dialer;

    /// <summary>The program through which packets leave; null when there is none, or the sandbox was not needed yet.</summary>
    internal string? OutgoingThrough => _opened?.Connection?.Tool;

    private NetworkSandbox Sandbox => (_opened ?? throw NotOpened()).Sandbox;

    public async ValueTask<RouteSocket> OpenRoutesAsync(CancellationToken cancellationToken)
        => RouteSocket.Adopt(await OpenNetlinkAsync(null, RouteProtocol, cancellationToken).ConfigureAwait(false));

    public async ValueTask<FilterSocket> OpenFiltersAsync(CancellationToken cancellationToken)
        => FilterSocket.Adopt(await OpenNetlinkAsync(null, FilterProtocol, cancellationToken).ConfigureAwait(false));

    public async ValueTask<RouteSocket> OpenRoutesAsync(NamespaceFd container, CancellationToken cancellationToken)
        => RouteSocket.Adopt(await OpenNetlinkAsync(container, RouteProtocol, cancellationToken).ConfigureAwait(false));

    public async ValueTask<FilterSocket> OpenFiltersAsync(NamespaceFd container, CancellationToken cancellationToken)
        => FilterSocket.Adopt(await OpenNetlinkAsync(container, FilterProtocol, cancellationToken).ConfigureAwait(false));

    public async ValueTask<Socket?> OpenGatewaySocketAsync(TransportProtocol protocol, AddressFamily family, CancellationToken cancellationToken)
        => await ForwardingSocket.OpenAsync(Sockets, Sandbox.Network, protocol, family, cancellationToken).ConfigureAwait(false);

    /// <summary>Nothing: no other engine is in the sandbox, and this one takes turns by itself.</summary>
    public ValueTask<IDisposable?> HoldAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IDisposable?>(null);

    public void EnableForwarding(bool isIPv6) => Sandbox.SetParameter(isIPv6 ? "ipv6/conf/all/forwarding" : "ipv4/ip_forward", "1");

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }
        finally
        {
            _gate.Release();
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        if (_opened is { } opened)
        {
            if (opened.Connection is { } connection)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }

            opened.Sandbox.Dispose();
        }

        _stop.Dispose();
    }

    private static InvalidOperationException NotOpened() => new("The sandbox is made when its first socket is opened.");

    private async Task<FileDescriptor> OpenNetlinkAsync(NamespaceFd? network, int protocol, CancellationToken cancellationToken)
    {
        NetworkSandbox sandbox = (_opened ?? await OpenAsync(cancellationToken).ConfigureAwait(false)).Sandbox;
        return await sandbox.Sockets.OpenNetlinkAsync(network ?? sandbox.Network, protocol, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Opened> OpenAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_opened is { } known)
            {
                return known;
            }

            NetworkSandbox sandbox = await NetworkSandbox.CreateAsync(userNamespace).ConfigureAwait(false);
            try
            {
                (OutgoingConnection? connection, string reason) = await OutgoingConnection.TryStartAsync(sandbox.Pid, tools ?? OutgoingTool.All, time, cancellationToken).ConfigureAwait(false);
                if (connection is null)
                {
                    LogNoWayOut(logger, reason);
                }
                else
                {
                    _ = WatchAsync(connection);
                }

                return _opened = new Opened(sandbox, new NamespaceDialer(sandbox.Sockets, sandbox.Network), connection, reason);
            }
            catch
            {
                sandbox.Dispose();
                throw;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task WatchAsync(OutgoingConnection connection)
    {
        try
        {
            await connection.WaitAsync(_stop.Token).ConfigureAwait(false);
            LogWayOutLost(logger, connection.Tool);
        }
        catch (OperationCanceledException)
        {
            // The engine ends first, as it should be.
        }
    }

    private sealed record Opened(NetworkSandbox Sandbox, IDialer Dialer, OutgoingConnection? Connection, string Reason);

    [LoggerMessage(EventId = 5301, Level = LogLevel.Warning, Message = "Containers reach each other but nothing outside: {Reason}.")]
    private static partial void LogNoWayOut(ILogger logger, string reason);

    [LoggerMessage(EventId = 5302, Level = LogLevel.Error, Message = "Containers can't reach anything outside any more: {Tool} has ended; was it killed?")]
    private static partial void LogWayOutLost(ILogger logger, string tool);
}
