using Xunit;

namespace ContainerKit.Tests.Containers;

public class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1024", 1024)]
    [InlineData("7b", 7)]
    [InlineData("512m", 512L << 20)]
    [InlineData("512MB", 512L << 20)]
    [InlineData("512 MiB", 512L << 20)]
    [InlineData("1.5g", 3L << 29)]
    [InlineData("4095p", 4095L << 50)]
    public void Sizes_with_docker_units_are_read(string text, long bytes)
    {
        Assert.Equal(bytes, ByteSize.Parse(text).Bytes);
        Assert.Equal(bytes, ByteSize.Parse(ByteSize.Parse(text).ToString()).Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-1m")]
    [InlineData("1x")]
    [InlineData("1bb")]
    [InlineData("1.2.3m")]
    [InlineData("99999999999g")]
    [InlineData("0x10")]
    public void Other_text_is_refused(string text)
    {
        Assert.False(ByteSize.TryParse(text, out _));
        Assert.Throws<FormatException>(() => ByteSize.Parse(text));
    }

    [Fact]
    public void Too_large_sizes_overflow_instead_of_wrapping()
    {
        Assert.Throws<OverflowException>(() => ByteSize.GiB(long.MaxValue / 2));
        Assert.Equal(ByteSize.GiB(1), ByteSize.MiB(1024));
        Assert.True(ByteSize.KiB(1) < ByteSize.MiB(1));
    }
}
