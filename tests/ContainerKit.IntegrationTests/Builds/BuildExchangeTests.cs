using System.Formats.Tar;
using System.Text.Json;
using ContainerKit.IntegrationTests.Registries;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>What comes out of a build and what another one takes: cache metadata, outputs, platforms, provenance.</summary>
public sealed class BuildExchangeTests(BuildBed bed) : IClassFixture<BuildBed>
{
    private const string TwoStages = """
        FROM busybox:local AS made
        RUN cat /proc/sys/kernel/random/uuid > /made
        FROM busybox:local
        COPY --from=made /made /made
        RUN cat /proc/sys/kernel/random/uuid > /own
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_with_its_cache_saves_another_engine_the_steps()
    {
        string context = bed.Context(("f", "f\n"));
        const string file = "FROM busybox:local\nCOPY f /f\nRUN cat /proc/sys/kernel/random/uuid > /id\nENV A=1\n";
        Image first = await bed.BuildAsync(context, file, spec => spec.WithTag("cached:inline") with { InlineCache = true });
        await using Engine other = await OpenOtherAsync("cached:inline");
        var record = new BuildRecord();
        Image second = await other.Images.BuildAsync(BuildSpec.FromDirectory(context).WithDockerfileText(file).WithCacheFrom("cached:inline"), record, Token);
        Assert.Empty(record.Done);
        Assert.Equal(first.Id, second.Id);

        // Once it was used it is this engine's own.
        var again = new BuildRecord();
        await other.Images.BuildAsync(BuildSpec.FromDirectory(context).WithDockerfileText(file), again, Token);
        Assert.Empty(again.Done);
    }

    [Fact]
    public async Task A_cache_image_has_the_steps_of_all_stages()
    {
        string context = bed.Context();
        Image first = await bed.BuildAsync(context, TwoStages, spec => spec with { CacheTo = "cached:all" });
        await using Engine other = await OpenOtherAsync("cached:all");
        var record = new BuildRecord();
        BuildSpec spec = BuildSpec.FromDirectory(context).WithDockerfileText(TwoStages);
        Image second = await other.Images.BuildAsync(spec.WithCacheFrom("cached:all"), record, Token);
        Assert.Empty(record.Done);
        Assert.Equal(first.Id, second.Id);
        Assert.NotEqual(first.Id, (await other.Images.BuildAsync(spec.WithCacheFrom("cached:all").WithoutCache(), cancellationToken: Token)).Id);
    }

    [Fact]
    public async Task A_cache_comes_from_a_registry()
    {
        await using DockerRegistry registry = await DockerRegistry.StartAsync(cancellationToken: Token);
        string context = bed.Context();
        string name = $"{registry.Name}/cache/all:1";
        Image first = await bed.BuildAsync(context, TwoStages, spec => spec with { CacheTo = name });
        await bed.Engine.Images.PushAsync(name, cancellationToken: Token);
        await using Engine other = await OpenOtherAsync(BuildBed.Base);
        var record = new BuildRecord();
        Image second = await other.Images.BuildAsync(BuildSpec.FromDirectory(context).WithDockerfileText(TwoStages).WithCacheFrom(name), record, Token);
        Assert.Empty(record.Done);
        Assert.Equal(first.Id, second.Id);
    }

    [Fact]
    public async Task What_is_no_cache_is_a_warning()
    {
        var record = new BuildRecord();
        await bed.BuildAsync(bed.Context(), "FROM busybox:local\nRUN true\n", spec => spec.WithCacheFrom(BuildBed.Base).WithCacheFrom("127.0.0.1:1/no/such:image"), record);
        Assert.Equal(["CacheNotUsed", "CacheNotUsed"], record.Warnings.Select(warning => warning.Rule));
    }

    [Fact]
    public async Task Outputs_hold_the_image()
    {
        string context = bed.Context(("f", "f\n"));
        string at = Path.Combine(context, "out-");
        Image image = await bed.BuildAsync(context, "FROM scratch\nCOPY f /d/f\n", spec => spec.WithTag("written:1")
            .WithOutput(BuildOutput.ImageArchive(at + "docker.tar")).WithOutput(BuildOutput.OciArchive(at + "oci.tar")).WithOutput(BuildOutput.OciLayout(at + "layout"))
            .WithOutput(BuildOutput.Files(at + "files")).WithOutput(BuildOutput.FilesArchive(at + "files.tar")));
        Assert.Equal("f\n", await File.ReadAllTextAsync(at + "files/d/f", Token));
        foreach (string path in (string[])["docker.tar", "oci.tar", "layout"])
        {
            await using ContainerEngine other = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(context, "data-" + path) }, Token);
            Image loaded = Assert.Single(await other.Images.LoadAsync(at + path, Token));
            Assert.Equal(image.Id, loaded.Id);
            Assert.Equal("written:1", loaded.References.Single().FamiliarString);
        }
        await using FileStream archive = File.OpenRead(at + "files.tar");
        using var reader = new TarReader(archive);
        List<string> names = [];
        while (await reader.GetNextEntryAsync(cancellationToken: Token) is { } entry)
        {
            names.Add(entry.Name);
        }
        Assert.Contains("d/f", names);
    }

    [Fact]
    public async Task A_squashed_image_has_one_layer_and_the_same_files()
    {
        const string file = "FROM busybox:local\nRUN echo a > /a && echo gone > /gone\nRUN rm /gone && echo b > /b\nENV X=1\n";
        Image image = await bed.BuildAsync(bed.Context(), file, spec => spec.WithTag("squashed:1").WithTag("squashed:2") with { Squash = true });
        Assert.Single(image.Layers);
        Assert.Equal("a\nb\n0", await bed.ShellAsync(image, "cat /a /b; ls /gone 2>/dev/null | wc -l"));
        Assert.Contains("X=1", image.Configuration.Config.Env);
        Assert.Equal(image.Id, (await bed.Engine.Images.GetAsync("squashed:1", Token)).Id);
        Assert.Equal(image.Id, (await bed.Engine.Images.GetAsync("squashed:2", Token)).Id);
    }

    [Fact]
    public async Task Provenance_names_what_the_image_was_made_of_and_no_values()
    {
        await using var server = new LoopbackFiles(_ => new LoopbackFiles.Answer(200, "data"u8.ToArray()));
        string secret = "v4lue-" + Guid.NewGuid().ToString("N");
        string layout = Path.Combine(bed.Context(), "layout");
        await bed.BuildAsync(bed.Context(), $"FROM busybox:local\nARG KEY\nADD {server.Url}f?token={secret} /f\n", spec =>
            spec.WithArgument("KEY", secret).WithSecret("id", BuildSecret.FromText(secret)).WithOutput(BuildOutput.OciLayout(layout)) with { Provenance = true });
        ImageIndex index = ImageIndex.Parse(await File.ReadAllBytesAsync(Path.Combine(layout, "index.json"), Token));
        ImageManifest manifest = ImageManifest.Parse(await File.ReadAllBytesAsync(BlobOf(layout, index.Manifests[0].Digest), Token));
        string text = manifest.Annotations["dev.containerkit.provenance.slsa.v0.2"];
        using JsonDocument provenance = JsonDocument.Parse(text);
        string[] materials = [.. provenance.RootElement.GetProperty("materials").EnumerateArray().Select(material => material.GetProperty("uri").GetString()!)];
        Assert.Equal(2, materials.Length);
        Assert.Contains(materials, material => material.StartsWith("pkg:docker/busybox:local", StringComparison.Ordinal));
        Assert.Contains(server.Url + "f", materials);
        Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        Assert.Contains("KEY", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_is_built_for_several_platforms_behind_one_index()
    {
        string context = bed.Context(("f", "f\n"));
        string layout = Path.Combine(context, "layout");
        Platform foreign = Platform.Parse(Platform.Current.Architecture == "arm64" ? "linux/amd64" : "linux/arm64");
        const string file = "FROM --platform=$BUILDPLATFORM busybox:local AS make\nARG TARGETARCH\nRUN echo $TARGETARCH > /arch\nFROM scratch\nCOPY --from=make /arch /arch\nCOPY f /f\n";
        Image image = await bed.BuildAsync(context, file, spec => spec.WithTag("many:1").WithOutput(BuildOutput.OciLayout(layout)).WithOutput(BuildOutput.Files(Path.Combine(context, "files"))) with
        {
            Platforms = [foreign, Platform.Current],
        });
        Assert.Equal(Platform.Current.Architecture, image.Configuration.Architecture);
        Assert.Equal("many:1", image.References.Single().FamiliarString);
        Descriptor entry = ImageIndex.Parse(await File.ReadAllBytesAsync(Path.Combine(layout, "index.json"), Token)).Manifests.Single();
        Assert.Equal(MediaTypes.OciIndex, entry.MediaType);
        ImageIndex index = ImageIndex.Parse(await File.ReadAllBytesAsync(BlobOf(layout, entry.Digest), Token));
        Assert.Equal([foreign.Architecture, Platform.Current.Architecture], index.Manifests.Select(manifest => manifest.Platform!.Architecture));
        Assert.Equal(foreign.Architecture + "\n", await File.ReadAllTextAsync(Path.Combine(context, "files", foreign.ToString().Replace('/', '_'), "arch"), Token));
        await Assert.ThrowsAsync<ArgumentException>(() => bed.BuildAsync(context, file, spec => spec.WithOutput(BuildOutput.ImageArchive(layout + ".tar")) with { Platforms = [foreign, Platform.Current] }));
    }

    [Fact]
    public async Task A_program_for_a_machine_that_is_not_there_is_a_clear_error()
    {
        string architecture = Platform.Current.Architecture == "s390x" ? "ppc64le" : "s390x";
        Assert.SkipWhen(File.Exists("/proc/sys/fs/binfmt_misc/qemu-" + architecture), "missing capability: a platform that this machine can't run");
        string context = bed.Context(("program", "\u007fELF\u0002\u0002\u0001 not for this machine"));
        UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => bed.BuildAsync(
            context, "FROM scratch\nCOPY --chmod=755 program /program\nRUN [\"/program\"]\n", spec => spec with { Platform = Platform.Parse("linux/" + architecture) }));
        Assert.Contains("binfmt_misc", refused.Message, StringComparison.Ordinal);
    }

    private static string BlobOf(string layout, Digest digest) => Path.Combine(layout, "blobs", digest.Algorithm, digest.Hex);

    /// <summary>An engine with a data root of its own that gets images from the one of the test.</summary>
    private async Task<Engine> OpenOtherAsync(params string[] images)
    {
        string directory = bed.Context();
        string archive = Path.Combine(directory, "images.tar");
        await bed.Engine.Images.SaveAsync([.. images.Append(BuildBed.Base).Distinct()], archive, cancellationToken: Token);
        var engine = new Engine(await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(directory, "data") }, Token));
        await engine.Images.LoadAsync(archive, Token);
        return engine;
    }

    /// <summary>An engine whose files, which may be those of mapped users, go with it.</summary>
    private sealed class Engine(ContainerEngine engine) : IAsyncDisposable
    {
        public ImageCollection Images => engine.Images;

        public async ValueTask DisposeAsync()
        {
            foreach (Digest id in (await engine.Images.ListAsync()).Select(image => image.Id).Distinct())
            {
                await engine.Images.RemoveAsync(id.ToString(), force: true);
            }
            await engine.PruneBuildCacheAsync();
            await engine.DisposeAsync();
        }
    }
}
