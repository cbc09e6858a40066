using ContainerKit.Builds.Cache;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.Tests.Builds;

public sealed class ExportedCacheTests
{
    private static readonly string s_key = new('a', 64);

    [Fact]
    public void What_is_written_is_read()
    {
        Digest layer = Digest.Compute("layer"u8);
        var step = new CachedStep(layer, 10, 20, DateTimeOffset.UnixEpoch, "RUN true", "value");
        string text = ExportedCache.Write([KeyValuePair.Create(s_key, step)]);
        KeyValuePair<string, CachedStep> read = Assert.Single(Read(text)!);
        Assert.Equal(s_key, read.Key);
        Assert.Equal(step, read.Value);
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("")]
    public void A_key_that_is_none_is_left_out(string key)
        => Assert.Empty(Read("{\"" + key + "\":{\"layer\":null,\"size\":1,\"blobSize\":1,\"created\":\"2020-01-01T00:00:00Z\",\"text\":\"x\",\"value\":null}}")!);

    [Theory]
    [InlineData("null")]
    [InlineData("{\"size\":-1,\"blobSize\":1,\"created\":\"2020-01-01T00:00:00Z\",\"text\":\"x\"}")]
    [InlineData("{\"size\":1,\"blobSize\":1,\"created\":\"2020-01-01T00:00:00Z\",\"text\":null}")]
    public void A_step_that_makes_no_sense_is_left_out(string step) => Assert.Empty(Read($"{{\"{s_key}\":{step}}}") ?? new Dictionary<string, CachedStep>());

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    public void Another_text_is_no_cache(string text) => Assert.Null(Read(text));

    private static IReadOnlyDictionary<string, CachedStep>? Read(string text)
        => ExportedCache.Read(text, document => new CachedStep(
            document.Layer is null ? null : Digest.Parse(document.Layer), document.Size, document.BlobSize, document.Created, document.Text, document.Value));
}
