using System.Text;
using Xunit;

namespace ContainerKit.Oci.Tests.Images;

public sealed class DocumentTests
{
    private const string Hash = "sha256:edb31b5dfee56e49b41a472d01d6748d9b15f27761ee7d2c0a8ce66e193d5a31";

    [Fact]
    public void Manifest_of_umoci_is_read_and_written_back_byte_for_byte_but_for_its_media_type()
    {
        ImageManifest manifest = ImageManifest.Parse(Utf8(Documents.UmociManifest));

        Assert.Equal(MediaTypes.OciManifest, manifest.MediaType);
        Assert.Equal(513, manifest.Config.Size);
        Descriptor layer = Assert.Single(manifest.Layers);
        Assert.True(MediaTypes.IsLayer(layer.MediaType));
        Assert.Equal(
            Documents.UmociManifest.Replace("\"config\"", $"\"mediaType\":\"{MediaTypes.OciManifest}\",\"config\"", StringComparison.Ordinal),
            Encoding.UTF8.GetString(manifest.ToUtf8Json()));
    }

    [Fact]
    public void Manifest_of_docker_schema_2_is_read()
    {
        ImageManifest manifest = ImageManifest.Parse(Utf8(Documents.SkopeoDockerManifest));

        Assert.Equal(MediaTypes.DockerManifest, manifest.MediaType);
        Assert.True(MediaTypes.IsConfig(manifest.Config.MediaType));
        Assert.Equal(manifest, ImageManifest.Parse(manifest.ToUtf8Json()));
    }

    [Fact]
    public void Configuration_of_umoci_is_read_and_written_back_with_equal_meaning()
    {
        ImageConfiguration configuration = ImageConfiguration.Parse(Utf8(Documents.UmociConfig));

        Assert.Equal("me", configuration.Author);
        Assert.Equal("linux/amd64", configuration.Platform.ToString());
        Assert.Equal(["A=b"], configuration.Config.Env);
        Assert.Equal(["/bin/sh"], configuration.Config.Cmd);
        Assert.Empty(configuration.Config.Entrypoint);
        Assert.Equal(["80/tcp"], configuration.Config.ExposedPorts);
        Assert.Equal(["/data"], configuration.Config.Volumes);
        Assert.Equal("v", configuration.Config.Labels["k"]);
        Assert.Equal([Digest.Parse(Hash)], configuration.RootFs.DiffIds);
        Assert.Equal([false, true], configuration.History.Select(entry => entry.EmptyLayer));
        Assert.Equal(configuration, ImageConfiguration.Parse(configuration.ToUtf8Json()));
        // Only the nanoseconds of the times are lost (a tick is 100 ns).
        string shortened = Documents.UmociConfig.Replace("650809938Z", "6508099+00:00", StringComparison.Ordinal)
            .Replace("671688637Z", "6716886+00:00", StringComparison.Ordinal)
            .Replace("68143855Z", "6814385+00:00", StringComparison.Ordinal);
        Assert.Equal(shortened, Encoding.UTF8.GetString(configuration.ToUtf8Json()));
    }

    [Fact]
    public void Configuration_of_docker_is_read_with_its_nulls_and_additions()
    {
        ImageConfiguration configuration = ImageConfiguration.Parse(Utf8(Documents.DockerConfig));
        ExecutionConfiguration config = configuration.Config;

        Assert.Equal("linux/arm/v7", configuration.Platform.ToString());
        Assert.Equal("postgres:", config.User);
        Assert.Equal(["53/udp", "5432/tcp"], config.ExposedPorts);
        Assert.Empty(config.Cmd);
        Assert.Empty(config.Volumes);
        Assert.Empty(config.Labels);
        Assert.Empty(config.OnBuild);
        Assert.Equal(["docker-entrypoint.sh"], config.Entrypoint);
        Assert.Equal("SIGINT", config.StopSignal);
        Assert.Equal(90, config.StopTimeout);
        Assert.True(config.ArgsEscaped);
        Assert.Equal(["/bin/bash", "-c"], config.Shell);
        Assert.Equal(TimeSpan.FromSeconds(30), config.HealthCheck!.Interval);
        Assert.Equal(TimeSpan.FromSeconds(1.5), config.HealthCheck.Timeout);
        Assert.Null(config.HealthCheck.StartInterval);
        Assert.Equal(3, config.HealthCheck.Retries);
        Assert.Contains("a & b <c>", Encoding.UTF8.GetString(configuration.ToUtf8Json()), StringComparison.Ordinal);
        Assert.Equal(configuration, ImageConfiguration.Parse(configuration.ToUtf8Json()));
    }

    [Fact]
    public void Configuration_that_says_nothing_but_the_necessary_has_defaults()
    {
        ImageConfiguration configuration = ImageConfiguration.Parse(
            """{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":null},"config":null,"history":null}"""u8);

        Assert.Equal(new ExecutionConfiguration(), configuration.Config);
        Assert.Empty(configuration.History);
        Assert.Empty(configuration.RootFs.DiffIds);
        Assert.Equal(
            """{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}""",
            Encoding.UTF8.GetString(configuration.ToUtf8Json()));
    }

    [Fact]
    public void New_configuration_is_built_and_compared_by_value()
    {
        List<string> env = ["A=1"];
        ImageConfiguration Build() => new()
        {
            Architecture = "amd64",
            Os = "linux",
            Config = new ExecutionConfiguration
            {
                Env = env,
                Labels = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" },
                ExposedPorts = new HashSet<string> { "80/tcp", "53/udp" },
                HealthCheck = new HealthCheck { Test = ["NONE"], Interval = TimeSpan.FromMilliseconds(1) },
            },
            RootFs = new RootFileSystem { DiffIds = [Digest.Parse(Hash)] },
        };

        ImageConfiguration one = Build();
        ImageConfiguration other = Build();
        env.Add("B=2");

        Assert.Equal(one, other);
        Assert.Equal(one.GetHashCode(), other.GetHashCode());
        Assert.Equal(["A=1"], one.Config.Env);
        Assert.Equal(["a", "b"], one.Config.Labels.Keys);
        Assert.Contains("\"Interval\":1000000", Encoding.UTF8.GetString(one.ToUtf8Json()), StringComparison.Ordinal);
        Assert.Equal(one.ToUtf8Json(), other.ToUtf8Json());
        Assert.Throws<ArgumentException>(() => new ExecutionConfiguration { Env = [null!] });
    }

    [Fact]
    public void Index_of_a_layout_is_read_and_written_back()
    {
        ImageIndex index = ImageIndex.Parse(Utf8(Documents.UmociIndex));

        Assert.Equal("x", Assert.Single(index.Manifests).Annotations[AnnotationNames.RefName]);
        Assert.Equal(MediaTypes.OciIndex, index.MediaType);
        Assert.Equal(index, ImageIndex.Parse(index.ToUtf8Json()));
        Assert.Empty(ImageIndex.Parse("""{"schemaVersion":2,"manifests":null}"""u8).Manifests);
    }

    [Fact]
    public void Descriptor_keeps_all_that_the_specification_has()
    {
        string json = $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","artifactType":"a/b","manifests":[
            {"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{Digest.Compute("hi"u8)}}","size":2,"urls":["https://example.com/x"],
            "annotations":{"a":"1","b":"2"},"data":"aGk=","platform":{"os":"linux","architecture":"arm","variant":"v6"},"artifactType":"c/d"}],
            "subject":{"mediaType":"x/y","digest":"{{Hash}}","size":0},"annotations":{"k":"v"} }
            """.ReplaceLineEndings("").Replace("} }", "}}", StringComparison.Ordinal);
        ImageIndex index = ImageIndex.Parse(Utf8(json));

        Assert.Equal("hi"u8, index.Manifests[0].Data!);
        Assert.Equal("linux/arm/v6", index.Manifests[0].Platform!.ToString());
        Assert.Equal(0, index.Subject!.Size);
        Assert.Equal(json, Encoding.UTF8.GetString(index.ToUtf8Json()));
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
