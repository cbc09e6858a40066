using System.Text;
using Xunit;

namespace ContainerKit.Oci.Tests.Images;

public sealed class PlatformTests
{
    [Theory]
    [InlineData("linux/amd64", "linux/amd64")]
    [InlineData("Linux/X86_64", "linux/amd64")]
    [InlineData("linux/amd64/v1", "linux/amd64")]
    [InlineData("linux/amd64/v3", "linux/amd64/v3")]
    [InlineData("linux/i686", "linux/386")]
    [InlineData("linux/aarch64", "linux/arm64")]
    [InlineData("linux/arm64/v8", "linux/arm64")]
    [InlineData("linux/arm64/v9", "linux/arm64/v9")]
    [InlineData("linux/arm", "linux/arm/v7")]
    [InlineData("linux/arm/6", "linux/arm/v6")]
    [InlineData("linux/armhf", "linux/arm/v7")]
    [InlineData("linux/armel", "linux/arm/v6")]
    [InlineData("linux/riscv64", "linux/riscv64")]
    public void Platform_is_read_into_its_usual_spelling(string text, string expected) => Assert.Equal(expected, Platform.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("linux")]
    [InlineData("linux/")]
    [InlineData("/amd64")]
    [InlineData("linux/arm/v7/x")]
    [InlineData("linux/a b")]
    public void Malformed_platform_is_refused(string text) => Assert.Throws<OciFormatException>(() => Platform.Parse(text));

    [Theory]
    [InlineData("linux/amd64", "linux/amd64", 0)]
    [InlineData("linux/amd64", "linux/386", 1)]
    [InlineData("linux/amd64", "linux/amd64/v2", null)]
    [InlineData("linux/amd64/v3", "linux/amd64", 2)]
    [InlineData("linux/386", "linux/amd64", null)]
    [InlineData("linux/amd64", "linux/arm64", null)]
    [InlineData("linux/amd64", "windows/amd64", null)]
    [InlineData("linux/arm64", "linux/arm64/v8", 0)]
    [InlineData("linux/arm64/v8", "linux/arm64", 0)]
    [InlineData("linux/arm64", "linux/arm/v7", 2)]
    [InlineData("linux/arm/v7", "linux/arm/v7", 0)]
    [InlineData("linux/arm/v7", "linux/arm/v6", 1)]
    [InlineData("linux/arm/v7", "linux/arm/v5", 2)]
    [InlineData("linux/arm/v7", "linux/arm/v8", null)]
    [InlineData("linux/arm/v6", "linux/arm/v7", null)]
    [InlineData("linux/arm/v6", "linux/arm", null)]
    [InlineData("linux/s390x", "linux/s390x", 0)]
    public void Lower_variants_run_and_higher_do_not(string wanted, string offered, int? rank)
        => Assert.Equal(rank, Platform.Parse(wanted).RankOf(Platform.Parse(offered)));

    [Theory]
    [InlineData("linux/amd64", '1')]
    [InlineData("linux/arm64", '4')]
    [InlineData("linux/arm/v7", '3')]
    [InlineData("linux/arm/v6", '2')]
    [InlineData("linux/arm/v5", null)]
    [InlineData("linux/riscv64", null)]
    [InlineData("windows/amd64", '5')]
    [InlineData("unknown/unknown", null)]
    public void Index_gives_the_best_entry_and_never_an_attestation(string wanted, char? digit)
    {
        ImageIndex index = ImageIndex.Parse(Encoding.UTF8.GetBytes(Documents.BuildKitIndex));
        Assert.Equal(digit, index.Select(Platform.Parse(wanted))?.Digest.Hex[0]);
    }

    [Fact]
    public void Entry_without_a_platform_is_the_last_resort()
    {
        ImageIndex index = ImageIndex.Parse(Encoding.UTF8.GetBytes(Documents.UmociIndex));
        Assert.Equal(index.Manifests[0], index.Select(Platform.Current));
    }

    [Fact]
    public void Current_platform_runs_itself()
    {
        Assert.Equal("linux", Platform.Current.Os);
        Assert.Equal(0, Platform.Current.RankOf(Platform.Current));
        Assert.True(Platform.Current.CanRun(Platform.Parse(Platform.Current.ToString())));
    }
}
