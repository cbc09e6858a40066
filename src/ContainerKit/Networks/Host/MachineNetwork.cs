using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Netlink;
using ContainerKit.Linux.Sockets;
using ContainerKit.Networks.Forwarding;

namespace ContainerKit.Networks.Host;

/// <summary>This machine's own network, for root.</summary>
internal sealed class MachineNetwork : INetworkHost
{
    private const int RouteProtocol = 0;
    private const int FilterProtocol = 12;
    private const string ForwardIPv4 = "/proc/sys/net/ipv4/ip_forward";
    private const string ForwardIPv6 = "/proc/sys/net/ipv6/conf/all/forwarding";
    private const string Interfaces6 = "/proc/sys/net/ipv6/conf";

    /// <summary>A lock on the namespace itself: it holds for all engines of all data roots, and leaves no file.</summary>
    private const string OwnNamespace = "/proc/self/ns/net";

    private readonly Lazy<NamespaceSockets> _sockets = new(NamespaceSockets.Create);

    public bool ForwardsPorts => true;

    public bool OutlivesEngine => true;

    public string? Limitation => null;

    public NamespaceSockets Sockets => _sockets.Value;

    public IDialer Dialer { get; } = new HostDialer();

    public ValueTask<RouteSocket> OpenRoutesAsync(CancellationToken cancellationToken) => ValueTask.FromResult(RouteSocket.Open());

    public ValueTask<FilterSocket> OpenFiltersAsync(CancellationToken cancellationToken) => ValueTask.FromResult(FilterSocket.Open());

    public async ValueTask<RouteSocket> OpenRoutesAsync(NamespaceFd container, CancellationToken cancellationToken)
        => RouteSocket.Adopt(await Sockets.OpenNetlinkAsync(container, RouteProtocol, cancellationToken).ConfigureAwait(false));

    public async ValueTask<FilterSocket> OpenFiltersAsync(NamespaceFd container, CancellationToken cancellationToken)
        => FilterSocket.Adopt(await Sockets.OpenNetlinkAsync(container, FilterProtocol, cancellationToken).ConfigureAwait(false));

    public async ValueTask<IDisposable?> HoldAsync(CancellationToken cancellationToken)
        => await FileLock.AcquireExistingAsync(OwnNamespace, cancellationToken).ConfigureAwait(false);

    public void EnableForwarding(bool isIPv6)
    {
        string path = isIPv6 ? ForwardIPv6 : ForwardIPv4;
        if (!File.Exists(path) || File.ReadAllText(path).Trim() == "1")
            return;

        // A machine that forwards takes no router's word any more unless it is told to, ip-sysctl: accept_ra 2.
        if (isIPv6)
        {
            foreach (string setting in Directory.EnumerateDirectories(Interfaces6).Select(each => Path.Combine(each, "accept_ra")).Where(File.Exists))
            {
                if (File.ReadAllText(setting).Trim() == "1")
                    File.WriteAllText(setting, "2");
            }
        }

        File.WriteAllText(path, "1");
    }

    public ValueTask DisposeAsync()
    {
        if (_sockets.IsValueCreated)
            _sockets.Value.Dispose();
        return ValueTask.CompletedTask;
    }
}
