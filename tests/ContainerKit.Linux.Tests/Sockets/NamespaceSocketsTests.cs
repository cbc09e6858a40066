using System.Net;
using System.Net.Sockets;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Linux.Sockets;
using Xunit;

namespace ContainerKit.Linux.Tests.Sockets;

public sealed class NamespaceSocketsTests : IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private UserNamespace? _users;

    public async ValueTask InitializeAsync()
    {
        _limit.CancelAfter(TimeSpan.FromMinutes(1));
        try
        {
            _users = await UserNamespace.CreateAsync();
        }
        catch (LaunchException e)
        {
            Assert.Skip($"missing capability: user namespaces ({e.Message})");
        }
        catch (IOException e) when (Environment.IsPrivilegedProcess)
        {
            Assert.Skip($"missing capability: subordinate ids for this user ({e.Message})");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _limit.Dispose();
        if (_users is not null)
        {
            await _users.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_sandbox_has_a_loopback_of_its_own()
    {
        using NetworkSandbox sandbox = await NetworkSandbox.CreateAsync(_users!);
        using Socket listener = await sandbox.Sockets.OpenAsync(sandbox.Network, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp, Token);
        listener.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.11"), 0));
        listener.Listen();
        IPEndPoint address = (IPEndPoint)listener.LocalEndPoint!;

        using Socket client = await sandbox.Sockets.OpenAsync(sandbox.Network, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp, Token);
        Task connecting = client.ConnectAsync(address, _limit.Token).AsTask();
        using Socket server = await listener.AcceptAsync(_limit.Token);
        await connecting;
        await client.SendAsync(new byte[] { 42 }, _limit.Token);
        byte[] received = new byte[10];
        Assert.Equal(1, await server.ReceiveAsync(received, _limit.Token));
        Assert.Equal(42, received[0]);

        using Socket outside = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => outside.ConnectAsync(address, _limit.Token).AsTask());
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task Low_ports_are_free_in_a_sandbox_also_for_ordinary_users()
    {
        using NetworkSandbox sandbox = await NetworkSandbox.CreateAsync(_users!);
        using Socket socket = await sandbox.Sockets.OpenAsync(sandbox.Network, AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp, Token);
        socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.11"), 53));
        Assert.Equal(53, ((IPEndPoint)socket.LocalEndPoint!).Port);
    }

    [Fact]
    public async Task Parameters_of_a_sandbox_are_its_own()
    {
        using NetworkSandbox sandbox = await NetworkSandbox.CreateAsync(_users!);
        string before = await File.ReadAllTextAsync("/proc/sys/net/ipv4/ip_forward", Token);
        sandbox.SetParameter("ipv4/ip_forward", "1");
        Assert.Equal(before, await File.ReadAllTextAsync("/proc/sys/net/ipv4/ip_forward", Token));
        LinuxException missing = Assert.Throws<LinuxException>(() => sandbox.SetParameter("ipv4/no_such_parameter", "1"));
        Assert.Equal(Errno.ENOENT, missing.Errno);
    }

    [Fact]
    public async Task A_netlink_socket_of_a_sandbox_shows_its_interfaces_only()
    {
        using NetworkSandbox sandbox = await NetworkSandbox.CreateAsync(_users!);
        using FileDescriptor netlink = await sandbox.Sockets.OpenNetlinkAsync(sandbox.Network, 0, Token);
        Assert.False(netlink.IsInvalid);
    }

    [Fact]
    public async Task Sockets_are_made_for_many_callers_at_once()
    {
        using NetworkSandbox sandbox = await NetworkSandbox.CreateAsync(_users!);
        Socket[] sockets = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ =>
            sandbox.Sockets.OpenAsync(sandbox.Network, AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp, Token)));
        Assert.Equal(50, sockets.Select(s => s.Handle).Distinct().Count());
        Array.ForEach(sockets, s => s.Dispose());
    }

    [Fact]
    public async Task Root_makes_sockets_in_any_namespace_and_stays_in_its_own()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "missing capability: root");
        using NetworkSandbox sandbox = await NetworkSandbox.CreateAsync(_users!);
        using NamespaceSockets sockets = NamespaceSockets.Create();
        using Socket socket = await sockets.OpenAsync(sandbox.Network, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp, Token);
        socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.11"), 53));
        socket.Listen();
        using Socket taken = await sandbox.Sockets.OpenAsync(sandbox.Network, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp, Token);
        SocketException conflict = Assert.Throws<SocketException>(() => taken.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.11"), 53)));
        Assert.Equal(SocketError.AddressAlreadyInUse, conflict.SocketErrorCode);
    }

    [Fact]
    public async Task A_protocol_that_the_kernel_lacks_is_named()
    {
        using NetworkSandbox sandbox = await NetworkSandbox.CreateAsync(_users!);
        LinuxException unknown = await Assert.ThrowsAsync<LinuxException>(
            () => sandbox.Sockets.OpenAsync(sandbox.Network, AddressFamily.InterNetwork, SocketType.Stream, (ProtocolType)200, Token));
        Assert.Equal(Errno.EPROTONOSUPPORT, unknown.Errno);
    }

    [Fact]
    public async Task After_its_end_no_sockets_are_made()
    {
        NetworkSandbox sandbox = await NetworkSandbox.CreateAsync(_users!);
        sandbox.Dispose();
        sandbox.Sockets.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => sandbox.Sockets.OpenAsync(sandbox.Network, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp, Token));
    }
}
