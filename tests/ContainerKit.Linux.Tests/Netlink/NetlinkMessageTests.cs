using ContainerKit.Linux.Netlink;
using Xunit;

namespace ContainerKit.Linux.Tests.Netlink;

public sealed class NetlinkMessageTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        NetlinkWriter writer = new();
        writer.BeginMessage(16, 5, 7);
        writer.Extend(4)[0] = 9;
        writer.Text(3, "abc");
        int nested = writer.BeginNested(18);
        writer.UInt32(4, 0x01020304);
        writer.UInt32BigEndian(5, 0x01020304);
        writer.EndNested(nested);
        writer.EndMessage();
        writer.BeginMessage(17, 0, 8);
        writer.EndMessage();

        ReadOnlySpan<byte> datagram = writer.Written;
        Assert.True(NetlinkMessage.TryRead(ref datagram, out NetlinkMessage message));
        Assert.Equal((16, 5, 7u, 9), (message.Type, message.Flags, message.Sequence, message.Payload[0]));
        NetlinkAttributes attributes = message.AttributesAfter(4);
        Assert.True(attributes.MoveNext());
        Assert.Equal((3, "abc"), (attributes.Type, attributes.Text));
        Assert.True(attributes.MoveNext());
        Assert.Equal(18, attributes.Type);
        NetlinkAttributes inner = attributes.Nested;
        Assert.True(inner.MoveNext());
        Assert.Equal(0x01020304u, inner.UInt32);
        Assert.True(inner.MoveNext());
        Assert.Equal(0x01020304u, inner.UInt32BigEndian);
        Assert.False(inner.MoveNext());
        Assert.False(attributes.MoveNext());
        Assert.True(NetlinkMessage.TryRead(ref datagram, out message));
        Assert.Equal(17, message.Type);
        Assert.False(NetlinkMessage.TryRead(ref datagram, out _));
    }

    [Fact]
    public void Bytes_of_any_kind_are_read_within_their_bounds()
    {
        Random random = new(5);
        byte[] bytes = new byte[256];
        for (int round = 0; round < 20_000; round++)
        {
            int length = random.Next(bytes.Length);
            random.NextBytes(bytes.AsSpan(0, length));
            if (length > 20)
            {
                // Plausible lengths, so that what is inside is looked at as well.
                BitConverter.TryWriteBytes(bytes, (uint)random.Next(10, length + 3));
                BitConverter.TryWriteBytes(bytes.AsSpan(16), (ushort)random.Next(0, length));
            }

            try
            {
                ReadOnlySpan<byte> datagram = bytes.AsSpan(0, length);
                while (NetlinkMessage.TryRead(ref datagram, out NetlinkMessage message))
                {
                    NetlinkAttributes attributes = message.AttributesAfter(0);
                    while (attributes.MoveNext())
                    {
                        _ = attributes.Text;
                        NetlinkAttributes nested = attributes.Nested;
                        while (nested.MoveNext())
                        {
                            _ = nested.UInt32;
                        }
                    }
                }
            }
            catch (LinuxException e)
            {
                Assert.Equal(Errno.EPROTO, e.Errno);
            }
        }
    }

    [Fact]
    public void An_unfinished_message_is_not_sent()
    {
        NetlinkWriter writer = new();
        writer.BeginMessage(16, 0, 0);

        Assert.Throws<InvalidOperationException>(() => writer.Written.Length);
        Assert.Throws<InvalidOperationException>(() => writer.BeginMessage(16, 0, 0));
    }
}
