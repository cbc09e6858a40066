using ContainerKit.Containers.Waiting;
using Xunit;

namespace ContainerKit.Tests.Containers;

public sealed class SocketTableTests
{
    [Theory]
    [InlineData("   0: 00000000:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1", SocketTable.Listener.Reachable)]
    [InlineData("   1: 0100007F:1538 00000000:0000 0A 00000000:00000000", SocketTable.Listener.Loopback)]
    [InlineData("  10: 0200A8C0:1538 00000000:0000 0A 00000000:00000000", SocketTable.Listener.Reachable)]
    [InlineData("   0: 00000000:1538 0100007F:9C40 01 00000000:00000000", SocketTable.Listener.None)]
    [InlineData("   0: 00000000:1539 00000000:0000 0A 00000000:00000000", SocketTable.Listener.None)]
    [InlineData("   0: 00000000000000000000000000000000:1538 00000000000000000000000000000000:0000 0A 0:0", SocketTable.Listener.Reachable)]
    [InlineData("   0: 00000000000000000000000001000000:1538 00000000000000000000000000000000:0000 0A 0:0", SocketTable.Listener.Loopback)]
    [InlineData("   0: 0000000000000000FFFF00000100007F:1538 00000000000000000000000000000000:0000 0A 0:0", SocketTable.Listener.Loopback)]
    [InlineData("", SocketTable.Listener.None)]
    [InlineData("a b c", SocketTable.Listener.None)]
    [InlineData("   0: 000000001538 00000000:0000 0A 0", SocketTable.Listener.None)]
    internal void Lines_of_the_kernel_are_read(string line, SocketTable.Listener expected) => Assert.Equal(expected, SocketTable.Parse(line, "0A", 5432));
}
