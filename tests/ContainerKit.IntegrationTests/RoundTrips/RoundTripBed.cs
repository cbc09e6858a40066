using ContainerKit.IntegrationTests.Programs;
using ContainerKit.IntegrationTests.Registries;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.IntegrationTests.RoundTrips;

/// <summary>A registry, the image, what its files are by umoci, and the other engines, started when a test first needs them.</summary>
public sealed class RoundTripBed : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(10));
    private readonly List<ContainerEngine> _engines = [];
    private DockerRegistry? _registry;
    private DockerDaemon? _docker;
    private Peer? _podman;
    private DockerRegistry? _other;
    private (string All, string Dense)? _expected;

    /// <summary>Ends when everything together takes too long.</summary>
    internal CancellationToken Token => _limit.Token;

    /// <summary>A directory, whose path is short.</summary>
    internal string Scratch { get; } = Directory.CreateTempSubdirectory("ck-rt-").FullName;

    /// <summary>The image as an OCI layout.</summary>
    internal string Layout => Path.Combine(Scratch, "layout");

    internal string Source => $"oci:{Layout}:app";

    internal static Peer Skopeo => Peer.Require("skopeo", "skopeo", ["--insecure-policy"]);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (ContainerEngine engine in _engines)
        {
            await engine.DisposeAsync();
        }
        if (_docker is not null)
        {
            await _docker.DisposeAsync();
        }
        foreach (DockerRegistry registry in new[] { _registry, _other }.OfType<DockerRegistry>())
        {
            await registry.DisposeAsync();
        }
        if (_podman is not null)
        {
            // The storage's directory is a mount of its own.
            await new Peer("/bin/sh", []).TryRunAsync(CancellationToken.None, "-c", "umount \"$0\"/podman/root/overlay", Scratch);
        }
        Directory.Delete(Scratch, recursive: true);
        _limit.Dispose();
    }

    /// <summary>Skips where owners and devices can't be had; otherwise what the files of the images have to be everywhere.</summary>
    internal async Task<(string All, string Dense)> RequireAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "missing capability: root, for owners and devices");
        Capability.Require("docker-registry", "docker-registry");
        Capability.Require("umoci", "umoci");
        if (_expected is null)
        {
            await EveryKindOfFile.WriteLayoutAsync(Layout, Scratch, Token);
            _expected = (await DescribeLayoutAsync(Layout, "app"), await DescribeLayoutAsync(Layout, "dense"));
            _registry = await DockerRegistry.StartAsync(cancellationToken: Token);
            _other = await DockerRegistry.StartAsync(cancellationToken: Token);
        }
        return _expected.Value;
    }

    /// <summary>A name at the registry that no other test has.</summary>
    internal string NewName() => $"{_registry!.Name}/team/app-{Guid.NewGuid():n}:1";

    /// <summary>The same at another registry, for which nothing can be taken from the first one.</summary>
    internal string NewOtherName() => $"{_other!.Name}/team/app-{Guid.NewGuid():n}:1";

    /// <summary>A path that nothing has.</summary>
    internal string NewPath() => Path.Combine(Scratch, Guid.NewGuid().ToString("n"));

    internal async Task<ContainerEngine> OpenEngineAsync()
    {
        ContainerEngine engine = await ContainerEngine.OpenAsync(
            new EngineOptions { DataRoot = NewPath(), Registries = new RegistryClientOptions { Credentials = CredentialSources.None }, PrepareContainers = false }, Token);
        _engines.Add(engine);
        return engine;
    }

    internal async Task<Peer> RequireDockerAsync()
        => (_docker ??= await DockerDaemon.StartAsync(Directory.CreateDirectory(Path.Combine(Scratch, "d")).FullName, Token)).Client;

    internal async Task<Peer> RequirePodmanAsync()
    {
        if (_podman is not null)
        {
            return _podman;
        }
        string home = Directory.CreateDirectory(Path.Combine(Scratch, "podman")).FullName;
        string configuration = Path.Combine(home, "containers.conf");
        await File.WriteAllTextAsync(configuration, $"""
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "none"
            lock_type = "file"
            tmp_dir = "{home}/tmp"
            """, Token);
        Peer podman = Peer.Require(
            "podman", "podman", ["--root", $"{home}/root", "--runroot", $"{home}/run", "--storage-driver", "overlay"], new Dictionary<string, string> { ["CONTAINERS_CONF"] = configuration });
        (int exitCode, _, string error) = await podman.TryRunAsync(Token, "info");
        Assert.SkipWhen(exitCode != 0, $"missing capability: a machine where podman runs: {error}");
        return _podman = podman;
    }

    /// <summary>What the files of an image of ours are.</summary>
    internal async Task<string> DescribeAsync(ContainerEngine engine, Image image)
    {
        ImageInfo info = await engine.Images.InspectAsync(image.ManifestDigest.ToString()!, Token);
        return await DescribeLayersAsync([.. info.Layers.Select(layer => layer.Directory!).Reverse()]);
    }

    internal async Task<string> DescribeDockerAsync(Peer docker, string name)
    {
        string directories = await docker.RunAsync(Token, "image", "inspect", "--format", "{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}", name);
        // An image of one layer has no directories below.
        return await DescribeLayersAsync([.. directories.Split(':').Where(Path.IsPathRooted)]);
    }

    internal async Task<string> DescribePodmanAsync(Peer podman, string name)
    {
        string directory = await podman.RunAsync(Token, "image", "mount", name);
        try
        {
            return await TreeDescription.OfAsync(directory, Scratch, Token);
        }
        finally
        {
            await podman.RunAsync(Token, "image", "unmount", name);
        }
    }

    /// <summary>What umoci makes of an image in a layout.</summary>
    internal async Task<string> DescribeLayoutAsync(string layout, string tag = "app")
    {
        string bundle = NewPath();
        await Peer.Require("umoci", "umoci").RunAsync(Token, "unpack", "--image", $"{layout}:{tag}", bundle);
        return await TreeDescription.OfAsync(Path.Combine(bundle, "rootfs"), Scratch, Token);
    }

    /// <summary>What directories of layers are together, the highest first: by the kernel's overlay, whose format all have.</summary>
    private async Task<string> DescribeLayersAsync(IReadOnlyList<string> directories)
    {
        if (directories.Count == 1)
        {
            return await TreeDescription.OfAsync(directories[0], Scratch, Token);
        }
        string target = Directory.CreateDirectory(NewPath()).FullName;
        await Capability.RunAsync("/bin/mount", ["-t", "overlay", "overlay", "-o", "ro,lowerdir=" + string.Join(':', directories), target], Token);
        try
        {
            return await TreeDescription.OfAsync(target, Scratch, Token);
        }
        finally
        {
            await Capability.RunAsync("/bin/umount", [target], CancellationToken.None);
        }
    }
}
