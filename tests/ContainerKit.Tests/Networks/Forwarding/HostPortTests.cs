using System.Net;
using System.Net.Sockets;
using ContainerKit.Networks.Forwarding;
using Xunit;

namespace ContainerKit.Tests.Networks.Forwarding;

public sealed class HostPortTests
{
    private static readonly IPEndPoint s_any = new(IPAddress.Loopback, 0);

    [Theory]
    [InlineData(nameof(TransportProtocol.Tcp))]
    [InlineData(nameof(TransportProtocol.Udp))]
    public void A_port_that_a_container_holds_is_refused_by_its_name(string protocol)
    {
        TransportProtocol kind = Enum.Parse<TransportProtocol>(protocol);
        using HostPort first = HostPort.Take(kind, s_any, "container web");
        Assert.NotEqual(0, first.EndPoint.Port);
        ConflictException conflict = Assert.Throws<ConflictException>(() => HostPort.Take(kind, new IPEndPoint(IPAddress.Any, first.EndPoint.Port), "container db"));
        Assert.Contains("held by container web.", conflict.Message, StringComparison.Ordinal);
        Assert.Contains($"0.0.0.0:{first.EndPoint.Port}/{protocol.ToLowerInvariant()}", conflict.Message, StringComparison.Ordinal);
        Assert.EndsWith("Choose another port, or none to get a free one.", conflict.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SocketType.Stream, ProtocolType.Tcp)]
    [InlineData(SocketType.Dgram, ProtocolType.Udp)]
    public void A_port_that_another_program_holds_is_refused_by_its_process(SocketType type, ProtocolType protocol)
    {
        using Socket other = new(AddressFamily.InterNetwork, type, protocol);
        other.Bind(s_any);
        if (type == SocketType.Stream)
        {
            other.Listen();
        }

        TransportProtocol kind = type == SocketType.Stream ? TransportProtocol.Tcp : TransportProtocol.Udp;
        ConflictException conflict = Assert.Throws<ConflictException>(() => HostPort.Take(kind, (IPEndPoint)other.LocalEndPoint!, "container db"));
        Assert.Contains($"(pid {Environment.ProcessId})", conflict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_is_free_again_when_it_is_given_back()
    {
        HostPort first = HostPort.Take(TransportProtocol.Tcp, s_any, "container web");
        IPEndPoint endPoint = first.EndPoint;
        first.Dispose();
        using HostPort second = HostPort.Take(TransportProtocol.Tcp, endPoint, "container db");
        Assert.Equal(endPoint, second.EndPoint);
    }

    [Fact]
    public void An_address_that_the_machine_lacks_is_named()
    {
        UnsupportedException refused = Assert.Throws<UnsupportedException>(() => HostPort.Take(TransportProtocol.Tcp, new IPEndPoint(IPAddress.Parse("192.0.2.77"), 0), "container web"));
        Assert.Contains("does not have the address 192.0.2.77", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_low_port_without_the_right_to_it_says_what_to_do()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess || PortHolders.FirstFreePort <= 1, "missing capability: a user without the right to low ports");
        UnsupportedException refused = Assert.Throws<UnsupportedException>(() => HostPort.Take(TransportProtocol.Tcp, new IPEndPoint(IPAddress.Loopback, 1), "container web"));
        Assert.Contains("sysctl net.ipv4.ip_unprivileged_port_start=1", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_without_SCTP_says_so()
    {
        Assert.SkipWhen(File.ReadAllText("/proc/net/protocols").Contains("SCTP", StringComparison.Ordinal), "missing capability: a kernel without SCTP");
        try
        {
            HostPort.Take(TransportProtocol.Sctp, s_any, "container web").Dispose();
        }
        catch (UnsupportedException e)
        {
            Assert.Contains("modprobe sctp", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("0100007F:1F90", "127.0.0.1:8080")]
    [InlineData("00000000:0035", "0.0.0.0:53")]
    [InlineData("00000000000000000000000001000000:1538", "[::1]:5432")]
    [InlineData("0000000000000000FFFF00000100007F:0050", "[::ffff:127.0.0.1]:80")]
    public void Tables_of_sockets_are_read(string text, string endPoint)
    {
        Assert.True(PortHolders.TryReadAddress(text, out IPEndPoint read));
        Assert.Equal(IPEndPoint.Parse(endPoint), read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0100007F")]
    [InlineData("0100007F:")]
    [InlineData("0100007F:1F90F")]
    [InlineData("0100007:1F90")]
    [InlineData("010000ZZ:1F90")]
    public void Other_text_is_no_address(string text) => Assert.False(PortHolders.TryReadAddress(text, out _));
}
