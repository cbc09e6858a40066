using Xunit;

namespace ContainerKit.IntegrationTests.RoundTrips;

/// <summary>
/// Images go from here to dockerd, podman and skopeo and back, by a registry and by files. Every file keeps its bytes, owner, mode, time,
/// attributes, links and device numbers; holes stay holes where they were ones.
/// </summary>
/// <remarks>
/// Docker and podman remember of an archive only what its files do not say (tar-split), which knows no sparse ones: both fail to give an image
/// with one back, whoever made it. So what they give back, and what we write, has such files with all their zeros, which are holes when unpacked.
/// </remarks>
public sealed class RoundTripTests(RoundTripBed bed) : IClassFixture<RoundTripBed>
{
    private CancellationToken Token => bed.Token;

    [Fact]
    public async Task What_we_load_is_what_the_archive_says()
    {
        (string expected, string dense) = await bed.RequireAsync();
        ContainerEngine engine = await bed.OpenEngineAsync();

        await engine.Images.LoadAsync(bed.Layout, Token);

        Assert.Equal(expected, await bed.DescribeAsync(engine, await engine.Images.GetAsync("app", Token)));
        Assert.Equal(dense, await bed.DescribeAsync(engine, await engine.Images.GetAsync("dense", Token)));
        await AssertSparseAsync((await engine.Images.InspectAsync("app", Token)).Layers[2].Directory!);
        await AssertSparseAsync((await engine.Images.InspectAsync("dense", Token)).Layers[2].Directory!);
    }

    [Fact]
    public async Task What_we_push_docker_pulls_and_what_docker_pushes_we_pull()
    {
        (string expected, string dense) = await bed.RequireAsync();
        Peer docker = await bed.RequireDockerAsync();
        string name = await PushAsync();

        await docker.RunAsync(Token, "pull", "--quiet", name);
        Assert.Equal(expected, await bed.DescribeDockerAsync(docker, name));

        string back = bed.NewOtherName();
        name = await PushAsync("dense");
        await docker.RunAsync(Token, "pull", "--quiet", name);
        await docker.RunAsync(Token, "tag", name, back);
        await docker.RunAsync(Token, "push", "--quiet", back);
        await AssertPulledAsync(back, dense);
    }

    [Fact]
    public async Task What_we_push_podman_pulls_and_what_podman_pushes_we_pull()
    {
        (string expected, string dense) = await bed.RequireAsync();
        Peer podman = await bed.RequirePodmanAsync();
        string name = await PushAsync();

        await podman.RunAsync(Token, "pull", "--quiet", "--tls-verify=false", name);
        Assert.Equal(expected, await bed.DescribePodmanAsync(podman, name));

        name = await PushAsync("dense");
        await podman.RunAsync(Token, "pull", "--quiet", "--tls-verify=false", name);
        foreach (string format in (string[])["oci", "v2s2"])
        {
            string back = bed.NewOtherName();
            await podman.RunAsync(Token, "push", "--quiet", "--tls-verify=false", "--format", format, name, back);
            await AssertPulledAsync(back, dense);
        }
    }

    [Fact]
    public async Task What_we_push_skopeo_copies_and_what_skopeo_pushes_we_pull()
    {
        (string expected, _) = await bed.RequireAsync();
        string name = await PushAsync();
        string copy = bed.NewPath();

        await RoundTripBed.Skopeo.RunAsync(Token, "copy", "--src-tls-verify=false", $"docker://{name}", $"oci:{copy}:app");
        Assert.Equal(expected, await bed.DescribeLayoutAsync(copy));

        foreach (string format in (string[])["oci", "v2s2"])
        {
            string back = bed.NewOtherName();
            await RoundTripBed.Skopeo.RunAsync(Token, "copy", "--dest-tls-verify=false", "--format", format, $"oci:{copy}:app", $"docker://{back}");
            await AssertPulledAsync(back, expected);
        }
    }

    [Fact]
    public async Task What_we_save_docker_loads_and_what_docker_saves_we_load()
    {
        (string expected, string dense) = await bed.RequireAsync();
        Peer docker = await bed.RequireDockerAsync();
        string file = await SaveAsync("docker.io/team/saved:1", ImageArchiveFormat.Docker);

        await docker.RunAsync(Token, "load", "--quiet", "--input", file);
        Assert.Equal(expected, await bed.DescribeDockerAsync(docker, "team/saved:1"));

        await docker.RunAsync(Token, "load", "--quiet", "--input", await SaveAsync("docker.io/team/dense:1", ImageArchiveFormat.Docker, "dense"));
        string back = bed.NewPath();
        await docker.RunAsync(Token, "save", "--output", back, "team/dense:1");
        await AssertLoadedAsync(back, "team/dense:1", dense);
    }

    [Theory]
    [InlineData(ImageArchiveFormat.Docker, "docker-archive")]
    [InlineData(ImageArchiveFormat.OciLayout, "oci-archive")]
    public async Task What_we_save_podman_loads_and_what_podman_saves_we_load(ImageArchiveFormat ours, string theirs)
    {
        (string expected, string dense) = await bed.RequireAsync();
        Peer podman = await bed.RequirePodmanAsync();
        string name = $"docker.io/team/{theirs}:1";
        string file = await SaveAsync(name, ours);

        await podman.RunAsync(Token, "load", "--quiet", "--input", file);
        Assert.Equal(expected, await bed.DescribePodmanAsync(podman, name));

        name = $"docker.io/team/{theirs}-dense:1";
        await podman.RunAsync(Token, "load", "--quiet", "--input", await SaveAsync(name, ours, "dense"));
        string back = bed.NewPath();
        await podman.RunAsync(Token, "save", "--quiet", "--format", theirs, "--output", back, name);
        await AssertLoadedAsync(back, name, dense);
    }

    [Theory]
    [InlineData("oci", null)]
    [InlineData("oci-archive", ImageArchiveFormat.OciLayout)]
    [InlineData("docker-archive", ImageArchiveFormat.Docker)]
    public async Task What_we_save_skopeo_copies_and_what_skopeo_writes_we_load(string transport, ImageArchiveFormat? format)
    {
        (string expected, _) = await bed.RequireAsync();
        const string name = "docker.io/team/copied:1";
        string path = bed.NewPath();
        if (format is { } archive)
        {
            path = await SaveAsync(name, archive);
        }
        else
        {
            ContainerEngine engine = await bed.OpenEngineAsync();
            await engine.Images.LoadAsync(bed.Layout, Token);
            await engine.Images.TagAsync("app", name, Token);
            await engine.Images.SaveLayoutAsync([name], path, Token);
        }
        string copy = bed.NewPath();

        await RoundTripBed.Skopeo.RunAsync(Token, "copy", transport + ":" + path, $"oci:{copy}:app");
        Assert.Equal(expected, await bed.DescribeLayoutAsync(copy));

        string back = bed.NewPath();
        await RoundTripBed.Skopeo.RunAsync(Token, "copy", bed.Source, $"{transport}:{back}:team/back:1");
        await AssertLoadedAsync(back, "team/back:1", expected);
    }

    [Fact]
    public async Task What_is_squashed_here_docker_sees_as_we_do()
    {
        (string expected, _) = await bed.RequireAsync();
        Peer docker = await bed.RequireDockerAsync();
        ContainerEngine engine = await bed.OpenEngineAsync();
        await engine.Images.LoadAsync(bed.Layout, Token);
        string name = bed.NewName();
        Image squashed = await engine.Images.SquashAsync("app", name, Token);
        Assert.Equal(expected, await bed.DescribeAsync(engine, squashed));

        await engine.Images.PushAsync(name, cancellationToken: Token);
        await docker.RunAsync(Token, "pull", "--quiet", name);

        Assert.Equal(expected, await bed.DescribeDockerAsync(docker, name));
        ImageInfo info = await engine.Images.InspectAsync(name, Token);
        await AssertSparseAsync(info.Layers[0].Directory!);
    }

    /// <summary>Pushes the image from an engine of ours.</summary>
    private async Task<string> PushAsync(string image = "app")
    {
        ContainerEngine engine = await bed.OpenEngineAsync();
        string name = bed.NewName();
        await engine.Images.LoadAsync(bed.Layout, Token);
        await engine.Images.TagAsync(image, name, Token);
        await engine.Images.PushAsync(name, cancellationToken: Token);
        return name;
    }

    private async Task<string> SaveAsync(string name, ImageArchiveFormat format, string image = "app")
    {
        ContainerEngine engine = await bed.OpenEngineAsync();
        await engine.Images.LoadAsync(bed.Layout, Token);
        await engine.Images.TagAsync(image, name, Token);
        string file = bed.NewPath();
        await engine.Images.SaveAsync([name], file, format, Token);
        return file;
    }

    private async Task AssertPulledAsync(string name, string expected)
    {
        ContainerEngine engine = await bed.OpenEngineAsync();
        Image image = await engine.Images.PullAsync(name, cancellationToken: Token);
        Assert.Equal(expected, await bed.DescribeAsync(engine, image));
        await AssertSparseAsync((await engine.Images.InspectAsync(name, Token)).Layers[2].Directory!);
    }

    private async Task AssertLoadedAsync(string path, string name, string expected)
    {
        ContainerEngine engine = await bed.OpenEngineAsync();
        Image image = Assert.Single(await engine.Images.LoadAsync(path, Token));
        Assert.Contains(image.References, reference => reference == ContainerKit.Oci.ImageReference.Parse(name));
        Assert.Equal(expected, await bed.DescribeAsync(engine, image));
    }

    private async Task AssertSparseAsync(string directory)
    {
        string file = Path.Combine(directory, "sparse/hole");
        string blocks = await new Peer("/usr/bin/stat", []).RunAsync(Token, "--format", "%b", file);
        Assert.Equal(EveryKindOfFile.SparseSize, new FileInfo(file).Length);
        Assert.InRange(long.Parse(blocks, System.Globalization.CultureInfo.InvariantCulture) * 512, 1, EveryKindOfFile.SparseSize / 4);
    }
}
