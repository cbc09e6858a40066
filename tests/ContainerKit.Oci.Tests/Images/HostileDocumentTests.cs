using System.Text;
using Xunit;

namespace ContainerKit.Oci.Tests.Images;

public sealed class HostileDocumentTests
{
    private const string Good = """{"mediaType":"x/y","digest":"sha256:edb31b5dfee56e49b41a472d01d6748d9b15f27761ee7d2c0a8ce66e193d5a31","size":1}""";

    public static TheoryData<string, string> BadManifests => new()
    {
        { "", "" },
        { "null", "is null" },
        { "[]", "$" },
        { "{}", "config" },
        { "{", "" },
        { "\uFEFF{}", "" },
        { Manifest(Good, "[]") + "x", "" },
        { Manifest(Good, "[]").Replace(":2", ":1", StringComparison.Ordinal), "$.schemaVersion" },
        { Manifest(Good, "[]").Replace("\"schemaVersion\":2,", "", StringComparison.Ordinal), "$.schemaVersion" },
        { Manifest(Good, "[]").Replace(":2", ":\"2\"", StringComparison.Ordinal), "$.schemaVersion" },
        { Manifest(Good, "[]").Replace("{\"schema", "{\"mediaType\":\"text/plain\",\"schema", StringComparison.Ordinal), "$.mediaType" },
        { Manifest(Good, "[]").Replace("{\"schema", $"{{\"mediaType\":\"{MediaTypes.OciIndex}\",\"schema", StringComparison.Ordinal), "$.mediaType" },
        { Manifest("null", "[]"), "$.config" },
        { Manifest("[]", "[]"), "$.config" },
        { Manifest(Good, "{}"), "$.layers" },
        { Manifest(Good, "[null]"), "Layers" },
        { Manifest(Good, "[1]"), "$.layers[0]" },
        { Manifest(Good, $"[{Good},{{}}]"), "$.layers[1]" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":-1}", StringComparison.Ordinal)}]"), "never negative" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":1.5}", StringComparison.Ordinal)}]"), "$.layers[0].size" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":99999999999999999999}", StringComparison.Ordinal)}]"), "$.layers[0].size" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":\"1\"}", StringComparison.Ordinal)}]"), "$.layers[0].size" },
        { Manifest(Good, $"[{Good.Replace("edb", "EDB", StringComparison.Ordinal)}]"), "$.layers[0].digest" },
        { Manifest(Good, $"[{Good.Replace("sha256:edb", "../", StringComparison.Ordinal)}]"), "$.layers[0].digest" },
        { Manifest(Good, $"[{Good.Replace("\"x/y\"", "null", StringComparison.Ordinal)}]"), "$.layers[0].mediaType" },
        { Manifest(Good, $"[{Good.Replace("x/y", "", StringComparison.Ordinal)}]"), "$.layers[0]: mediaType is empty" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":1,\"urls\":[null]}", StringComparison.Ordinal)}]"), "Urls[0] is null" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":1,\"annotations\":{\"a\":null}}", StringComparison.Ordinal)}]"), "Annotations[\"a\"] is null" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":1,\"annotations\":{\"a\":\"1\",\"a\":\"2\"}}", StringComparison.Ordinal)}]"), "annotations" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":1,\"size\":2}", StringComparison.Ordinal)}]"), "size" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":1,\"data\":\"aGk=\"}", StringComparison.Ordinal)}]"), "data has 2 bytes" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":1,\"data\":\"aA==\"}", StringComparison.Ordinal)}]"), "data does not have the digest" },
        { Manifest(Good, $"[{Good.Replace(":1}", ":1,\"data\":\"?\"}", StringComparison.Ordinal)}]"), "$.layers[0].data" },
        { Manifest(Good, "[]").Replace("{\"schema", "{\"manifests\":[],\"schema", StringComparison.Ordinal), "$.manifests" },
        { Manifest(Good, "[]").Replace("{\"schema", "{\"m\\u0061nifests\":[],\"schema", StringComparison.Ordinal), "$.manifests" },
        { Manifest(Good, "[],\"config\":" + Good), "config" },
        { Manifest(Good, "[],\"x\":" + new string('[', 100) + new string(']', 100)), "" },
        { Manifest(Good, "[],\"\\ud800\":1"), "" },
        { Manifest(Good, "[],\"artifactType\":\"\\ud800\""), "$.artifactType" },
    };

    [Theory]
    [MemberData(nameof(BadManifests))]
    public void Malformed_manifest_is_refused_with_one_exception_that_says_where(string json, string where)
    {
        OciFormatException e = Assert.Throws<OciFormatException>(() => ImageManifest.Parse(Encoding.UTF8.GetBytes(json)));

        Assert.Equal("image manifest", e.What);
        Assert.StartsWith("image manifest", e.Message, StringComparison.Ordinal);
        Assert.Contains(where, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config")]
    [InlineData("layers")]
    [InlineData("history")]
    [InlineData("fsLayers")]
    public void Index_that_would_also_pass_for_a_manifest_is_refused(string member)
        => Assert.Throws<OciFormatException>(() => ImageIndex.Parse(Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"manifests":[],"{{member}}":[]}""")));

    [Theory]
    [InlineData("""{"os":"linux","rootfs":{"type":"layers","diff_ids":[]}}""", "architecture")]
    [InlineData("""{"os":null,"architecture":"a","rootfs":{"type":"layers","diff_ids":[]}}""", "$.os")]
    [InlineData("""{"os":"linux","architecture":"a"}""", "rootfs")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":null}""", "$.rootfs")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"type":"squash","diff_ids":[]}}""", "$.rootfs.type")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":["x"]}}""", "$.rootfs.diff_ids")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":[null]}}""", "$.rootfs.diff_ids")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":[]},"created":"yesterday"}""", "$.created")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":[]},"history":[null]}""", "History[0] is null")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":[]},"config":{"Env":"A=b"}}""", "$.config.Env")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":[]},"config":{"Env":[1]}}""", "$.config.Env[0]")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":[]},"config":{"Volumes":["/a"]}}""", "$.config.Volumes")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":[]},"config":{"Volumes":{"/a":1}}}""", "$.config.Volumes")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":[]},"config":{"Volumes":{"/a":{},"/a":{}}}}""", "$.config.Volumes")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":[]},"config":{"Healthcheck":{"Interval":"5s"}}}""", "$.config.Healthcheck.Interval")]
    [InlineData("""{"os":"linux","architecture":"a","rootfs":{"diff_ids":[]},"config":{"Cmd":["a"],"Cmd":["b"]}}""", "Cmd")]
    public void Malformed_configuration_is_refused(string json, string where)
    {
        OciFormatException e = Assert.Throws<OciFormatException>(() => ImageConfiguration.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.Contains(where, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Document_above_the_limit_is_refused_unread()
    {
        byte[] huge = new byte[OciLimits.MaxDocumentSize + 1];
        Assert.Throws<OciFormatException>(() => ImageManifest.Parse(huge));
        Assert.Throws<OciFormatException>(() => ImageIndex.Parse(huge));
        Assert.Throws<OciFormatException>(() => ImageConfiguration.Parse(huge));
    }

    [Fact]
    public void Message_about_hostile_content_stays_short()
    {
        string json = Manifest(Good, $"[{Good.Replace("sha256", new string('x', 1_000_000), StringComparison.Ordinal)}]");
        OciFormatException e = Assert.Throws<OciFormatException>(() => ImageManifest.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.True(e.Message.Length < 1000);
    }

    private static string Manifest(string config, string layers) => $$"""{"schemaVersion":2,"config":{{config}},"layers":{{layers}}}""";
}
