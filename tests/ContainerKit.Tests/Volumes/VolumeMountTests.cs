using Xunit;

namespace ContainerKit.Tests.Volumes;

public sealed class VolumeMountTests
{
    [Fact]
    public void Text_is_read_as_docker_reads_it()
    {
        Assert.Equal(new VolumeMount(null, "/data"), VolumeMount.Parse("/data"));
        Assert.Equal(new VolumeMount("name", "/data"), VolumeMount.Parse("name:/data"));
        Assert.Equal(new VolumeMount("name", "/data", ReadOnly: true) { NoCopy = true }, VolumeMount.Parse("name:/data:ro,nocopy"));
        Assert.Equal(new VolumeMount("name", "/data"), VolumeMount.Parse("name:/data:ro,rw,z"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("data")]
    [InlineData("name:data")]
    [InlineData("/host:/data")]
    [InlineData("name:/data:ro:rw")]
    [InlineData("name:/data:fast")]
    public void Other_text_is_refused(string text) => Assert.Throws<FormatException>(() => VolumeMount.Parse(text));
}
