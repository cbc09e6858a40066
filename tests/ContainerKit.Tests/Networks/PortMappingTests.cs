using Xunit;

namespace ContainerKit.Tests.Networks;

public sealed class PortMappingTests
{
    [Theory]
    [InlineData("80", "80>:")]
    [InlineData("8080:80", "80>:8080")]
    [InlineData("127.0.0.1:8080:80/udp", "80/udp>127.0.0.1:8080")]
    [InlineData("127.0.0.1::80", "80>127.0.0.1:")]
    [InlineData("[::1]:8080:80/sctp", "80/sctp>::1:8080")]
    [InlineData("9000-9001:80-81", "80>:9000 81>:9001")]
    [InlineData("9000-9005:80", "80>:9000-9005")]
    [InlineData("80-82", "80>: 81>: 82>:")]
    public void Forms_of_docker_are_read(string text, string expected)
        => Assert.Equal(expected, string.Join(' ', PortMapping.Parse(text).Select(port =>
            $"{port.ContainerPort}{(port.Protocol == PortProtocol.Tcp ? "" : "/" + port.Protocol.ToString().ToLowerInvariant())}>{port.HostAddress}:{port.HostPort}{(port.LastHostPort is { } last ? $"-{last}" : "")}")));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("80/icmp")]
    [InlineData("x:80")]
    [InlineData("1.2.3:8080:80")]
    [InlineData("9000-9001:80-82")]
    [InlineData("82-80")]
    public void Everything_else_is_refused(string text) => Assert.Throws<FormatException>(() => PortMapping.Parse(text));
}
