using System.Text;
using ContainerKit.Oci.Tests.Images;
using Xunit;

namespace ContainerKit.Oci.Tests.Layouts;

public sealed class LayoutTests
{
    [Fact]
    public void Marker_file_is_read_and_written()
    {
        const string Json = """{"imageLayoutVersion":"1.0.0"}""";
        OciLayout layout = OciLayout.Parse(Encoding.UTF8.GetBytes(Json));
        Assert.Equal(OciLayout.CurrentVersion, layout.Version);
        Assert.Equal(Json, Encoding.UTF8.GetString(layout.ToUtf8Json()));
        Assert.Throws<OciFormatException>(() => OciLayout.Parse("""{"imageLayoutVersion":"2.0.0"}"""u8));
        Assert.Throws<OciFormatException>(() => OciLayout.Parse("{}"u8));
    }

    [Fact]
    public void Blob_is_found_by_its_digest()
    {
        Digest digest = Digest.Compute("abc"u8);
        Assert.Equal($"blobs/sha256/{digest.Hex}", OciLayout.BlobPath(digest));
        Assert.Throws<ArgumentException>(() => OciLayout.BlobPath(default));
    }

    [Fact]
    public void List_of_a_docker_archive_is_read_and_written_back()
    {
        DockerArchiveImage image = Assert.Single(DockerArchiveImage.ParseManifest(Encoding.UTF8.GetBytes(Documents.SkopeoArchiveManifest)));

        Assert.Equal(["docker.io/foo/bar:1"], image.RepoTags);
        Assert.Single(image.Layers);
        Assert.EndsWith(".json", image.Config, StringComparison.Ordinal);
        Assert.Equal(Documents.SkopeoArchiveManifest, Encoding.UTF8.GetString(DockerArchiveImage.WriteManifest([image])));
    }

    [Fact]
    public void Untagged_image_of_a_docker_archive_has_null_tags()
        => Assert.Empty(DockerArchiveImage.ParseManifest("""[{"Config":"c","RepoTags":null,"Layers":null,"LayerSources":{}}]"""u8)[0].RepoTags);

    [Theory]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("""[{"RepoTags":[],"Layers":[]}]""")]
    [InlineData("""[{"Config":null,"RepoTags":[],"Layers":[]}]""")]
    [InlineData("""[{"Config":"c","RepoTags":[],"Layers":[null]}]""")]
    [InlineData("""[{"Config":"c","RepoTags":[],"Layers":[{}]}]""")]
    public void Malformed_list_is_refused(string json)
        => Assert.Throws<OciFormatException>(() => DockerArchiveImage.ParseManifest(Encoding.UTF8.GetBytes(json)));
}
