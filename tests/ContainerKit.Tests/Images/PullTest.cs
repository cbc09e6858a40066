using System.Collections.Concurrent;
using ContainerKit.Oci;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.Tests.Images;

/// <summary>A data root, and a registry in memory with images.</summary>
public abstract class PullTest : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    protected CancellationToken Token => _limit.Token;

    protected TestRegistry Registry { get; private set; } = null!;

    internal ImageFixture Fixture { get; } = new();

    protected string Name => $"{Registry.Name}/team/app:1";

    public async ValueTask InitializeAsync()
    {
        _limit.CancelAfter(TimeSpan.FromMinutes(2));
        Registry = OwnServer(await TestRegistry.StartAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Fixture.Dispose();
        foreach (IAsyncDisposable server in _servers)
        {
            await server.DisposeAsync();
        }
        _limit.Dispose();
        GC.SuppressFinalize(this);
    }

    protected T OwnServer<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Add(server);
        return server;
    }

    /// <summary>A layer whose archive does not compress, so that it takes its bytes on the network.</summary>
    protected static byte[] LargeLayer(int length, int seed = 1)
    {
        char[] text = new char[length];
        var random = new Random(seed);
        for (int i = 0; i < length; i++)
        {
            text[i] = (char)random.Next(' ', '~');
        }
        return ImageFixture.Layer("large", new string(text));
    }

    /// <summary>Puts an image of compressed layers into the registry.</summary>
    protected Descriptor AddImage(string? tag, params byte[][] layers) => AddImage("team/app", tag, ImageFixture.Configuration(layers), layers);

    protected Descriptor AddImage(string repository, string? tag, ImageConfiguration configuration, params byte[][] layers)
    {
        byte[] json = configuration.ToUtf8Json();
        Registry.AddBlob(repository, json);
        var descriptors = new List<Descriptor>();
        foreach (byte[] blob in layers.Select(ImageFixture.Gzip))
        {
            Registry.AddBlob(repository, blob);
            descriptors.Add(Descriptor.ForContent(MediaTypes.OciLayerGzip, blob));
        }
        byte[] manifest = new ImageManifest { Config = Descriptor.ForContent(MediaTypes.OciConfig, json), Layers = descriptors }.ToUtf8Json();
        Registry.AddManifest(repository, tag, MediaTypes.OciManifest, manifest);
        return Descriptor.ForContent(MediaTypes.OciManifest, manifest) with { Platform = configuration.Platform };
    }

    protected static string ReadFile(Image image, string name)
        => File.ReadAllText(image.ResolveLayerDirectories().Select(directory => Path.Combine(directory, name)).First(File.Exists));

    protected int CountBlobRequests(byte[] layer) => Registry.Count("GET", "/blobs/" + TestRegistry.DigestOf(ImageFixture.Gzip(layer)));

    protected sealed class ProgressRecorder : IProgress<ImageTransferProgress>
    {
        public ConcurrentQueue<ImageTransferProgress> Reports { get; } = new();

        /// <summary>Called with each report.</summary>
        public Action<ImageTransferProgress>? OnReport { get; init; }

        public void Report(ImageTransferProgress value)
        {
            Reports.Enqueue(value);
            OnReport?.Invoke(value);
        }
    }
}
