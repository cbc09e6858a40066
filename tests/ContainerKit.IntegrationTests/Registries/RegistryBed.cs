using ContainerKit.IntegrationTests.Programs;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.IntegrationTests.Registries;

/// <summary>Engines with data roots of their own, and an image made by umoci.</summary>
public abstract class RegistryBed : IAsyncLifetime
{
    private readonly List<ContainerEngine> _engines = [];
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    protected CancellationToken Token => _limit.Token;

    protected string Scratch { get; } = Directory.CreateTempSubdirectory("ck-registries-").FullName;

    protected static RegistryCredential Ada => RegistryCredential.FromPassword("ada", "secret");

    public virtual ValueTask InitializeAsync()
    {
        _limit.CancelAfter(TimeSpan.FromMinutes(5));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ContainerEngine engine in _engines)
        {
            // Files of mapped users can be removed by the engine only.
            foreach (Image image in await engine.Images.ListAsync(CancellationToken.None))
            {
                await engine.Images.RemoveAsync(image.Id.ToString(), force: true, CancellationToken.None);
            }
            await engine.DisposeAsync();
        }
        foreach (IAsyncDisposable server in _servers)
        {
            await server.DisposeAsync();
        }
        Directory.Delete(Scratch, recursive: true);
        _limit.Dispose();
        GC.SuppressFinalize(this);
    }

    protected T Own<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Add(server);
        return server;
    }

    protected static RegistryClientOptions Options(RegistryHostOptions? host = null) => new()
    {
        Credentials = CredentialSources.None,
        RetryDelay = TimeSpan.FromMilliseconds(10),
        Defaults = host ?? new RegistryHostOptions(),
    };

    /// <summary>Opens an engine that ends with the test, on a data root of its own unless one is given.</summary>
    protected async Task<ContainerEngine> OpenEngineAsync(RegistryClientOptions? options = null, string? dataRoot = null)
    {
        ContainerEngine engine = await ContainerEngine.OpenAsync(
            new EngineOptions { DataRoot = dataRoot ?? Path.Combine(Scratch, Guid.NewGuid().ToString("n")), Registries = options ?? Options() }, Token);
        _engines.Add(engine);
        return engine;
    }

    /// <summary>An OCI layout with the image <c>app</c> of two layers.</summary>
    protected async Task<string> CreateLayoutAsync()
    {
        string umoci = Capability.Require("umoci", "umoci");
        BusyboxFixture.RequireBusybox();
        string layout = Path.Combine(Scratch, "layout");
        string layer = Path.Combine(Scratch, "layer.tar");
        await File.WriteAllBytesAsync(layer, BusyboxFixture.CreateArchive(), Token);
        string directory = Path.Combine(Scratch, "files");
        Directory.CreateDirectory(directory);
        byte[] content = new byte[3_000_000];
        new Random(1).NextBytes(content);
        await File.WriteAllBytesAsync(Path.Combine(directory, "large"), content, Token);
        await Capability.RunAsync(umoci, ["init", "--layout", layout], Token);
        await Capability.RunAsync(umoci, ["new", "--image", layout + ":app"], Token);
        await Capability.RunAsync(umoci, ["raw", "add-layer", "--image", layout + ":app", layer], Token);
        await Capability.RunAsync(umoci, ["insert", "--rootless", "--image", layout + ":app", directory, "/data"], Token);
        await Capability.RunAsync(umoci, ["config", "--image", layout + ":app", "--config.env", "PATH=/bin", "--config.cmd", "sh"], Token);
        return layout;
    }

    protected async Task SkopeoAsync(params string[] arguments)
        => await Capability.RunAsync(Capability.Require("skopeo", "skopeo"), ["--insecure-policy", .. arguments], Token);

    protected async Task<Image> LoadAsync(ContainerEngine engine, string layout, string name)
    {
        Image image = Assert.Single(await engine.Images.LoadAsync(layout, Token));
        return await engine.Images.TagAsync(image.Id.ToString(), name, Token);
    }

    /// <summary>What the image's files are: by a container, which sees them as they are meant.</summary>
    protected async Task<string> DescribeAsync(ContainerEngine engine, Image image)
    {
        ExecResult result = await engine.Containers.RunAsync(
            ContainerSpec.FromImage(image).WithCommand("sh", "-c", "stat -c '%n %s %a %u %g %Y' /bin/* /etc/passwd /home /home/* /data/* ; wc -c /data/large; busybox sha256sum /data/large"),
            cancellationToken: Token);
        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        return result.StandardOutput;
    }
}
