using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.Oci.Tests.Registry;

/// <summary>A registry in memory and clients of it.</summary>
public abstract class RegistryTest : IAsyncLifetime
{
    private readonly List<IDisposable> _disposables = [];
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    protected TestRegistry Server { get; private set; } = null!;

    /// <summary>Bounds every wait.</summary>
    protected CancellationToken Token => _limit.Token;

    protected static byte[] Content(int length, int seed = 1)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    public async ValueTask InitializeAsync()
    {
        _limit.CancelAfter(TimeSpan.FromMinutes(2));
        Server = await StartRegistryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _disposables.ForEach(each => each.Dispose());
        foreach (IAsyncDisposable server in _servers)
        {
            await server.DisposeAsync();
        }
        _limit.Dispose();
        GC.SuppressFinalize(this);
    }

    protected T Own<T>(T disposable)
        where T : IDisposable
    {
        _disposables.Add(disposable);
        return disposable;
    }

    protected T OwnServer<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Add(server);
        return server;
    }

    protected async Task<TestRegistry> StartRegistryAsync(System.Security.Cryptography.X509Certificates.X509Certificate2? certificate = null)
        => OwnServer(await TestRegistry.StartAsync(certificate));

    /// <summary>Options that don't wait, don't look at this user's files, and take plain HTTP without asking for TLS first.</summary>
    protected static RegistryClientOptions Fast => new()
    {
        Credentials = CredentialSources.None,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        Defaults = new RegistryHostOptions { PlainHttp = PlainHttpPolicy.Require },
    };

    protected RegistryClient Open(RegistryClientOptions? options = null) => Own(new RegistryClient(options ?? Fast));

    protected RegistryClient OpenAs(RegistryCredential credential, RegistryClientOptions? options = null)
        => Open((options ?? Fast) with
        {
            Credentials = CredentialSources.FromDictionary(new Dictionary<string, RegistryCredential> { [Server.Name] = credential }),
        });

    protected ImageReference Reference(string repository = "team/app", string? suffix = null, string? registry = null)
        => ImageReference.Parse($"{registry ?? Server.Name}/{repository}{suffix}");

    protected (Descriptor Descriptor, byte[] Content) AddBlob(int length = 1000, string repository = "team/app", TestRegistry? server = null)
    {
        byte[] content = Content(length);
        (server ?? Server).AddBlob(repository, content);
        return (Descriptor.ForContent(MediaTypes.OciLayer, content), content);
    }

    protected async Task<byte[]> ReadAsync(RegistryClient client, Descriptor blob, ImageReference? repository = null, Stream? head = null)
    {
        await using Stream stream = await client.Blobs.OpenReadAsync(repository ?? Reference(), blob, head, Token);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, Token);
        return content.ToArray();
    }

    protected static byte[] Manifest(string? artifactType = null, Descriptor? subject = null, params Descriptor[] layers) => new ImageManifest
    {
        Config = Descriptor.ForContent(MediaTypes.OciConfig, "{}"u8),
        Layers = layers,
        ArtifactType = artifactType,
        Subject = subject,
    }.ToUtf8Json();
}
