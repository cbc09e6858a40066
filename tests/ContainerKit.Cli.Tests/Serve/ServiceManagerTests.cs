using System.Net.Sockets;
using System.Text;
using ContainerKit.Cli.Serve;
using Xunit;

namespace ContainerKit.Cli.Tests.Serve;

public sealed class ServiceManagerTests
{
    [Fact]
    public void Sockets_of_this_process_are_taken_once()
    {
        Dictionary<string, string> environment = new() { ["LISTEN_PID"] = "77", ["LISTEN_FDS"] = "2", ["LISTEN_FDNAMES"] = "a:b" };

        Assert.Empty(SocketActivation.Take(environment.GetValueOrDefault, name => environment.Remove(name), 78));
        Assert.Equal([3, 4], SocketActivation.Take(environment.GetValueOrDefault, name => environment.Remove(name), 77));
        Assert.Empty(environment);
        Assert.Empty(SocketActivation.Take(environment.GetValueOrDefault, name => environment.Remove(name), 77));
    }

    [Fact]
    public async Task A_service_manager_is_told()
    {
        string path = Path.Combine(Path.GetTempPath(), $"ckit-notify-{Guid.NewGuid():N}");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            Assert.True(await new ServiceNotifier(path).SendAsync(TestContext.Current.CancellationToken, ServiceNotifier.Ready, "STATUS=listening"));

            byte[] message = new byte[256];
            int length = await manager.ReceiveAsync(message, TestContext.Current.CancellationToken);
            Assert.Equal("READY=1\nSTATUS=listening", Encoding.UTF8.GetString(message, 0, length));
            Assert.True(await new ServiceNotifier(null).SendAsync(TestContext.Current.CancellationToken, ServiceNotifier.Ready));
        }
        finally
        {
            File.Delete(path);
        }

        // It may end before its services do.
        Assert.False(await new ServiceNotifier(path).SendAsync(TestContext.Current.CancellationToken, ServiceNotifier.Stopping));
    }
}
