using System.IO.Compression;
using ContainerKit.Images.Verification;
using ContainerKit.Oci;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Unpacking;
using ContainerKit.Tests.Storage;
using ContainerKit.TestSupport.Files;
using Xunit;

namespace ContainerKit.Tests.Images;

/// <summary>A data root of its own, and archives of images made by hand.</summary>
internal sealed class ImageFixture : IDisposable
{
    private static readonly RegistryClientOptions Registries = new()
    {
        Credentials = CredentialSources.None,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        Defaults = new RegistryHostOptions { PlainHttp = PlainHttpPolicy.Require },
    };

    private readonly TemporaryDirectory _temp = new();
    private readonly RegistryClient _client = new(Registries);

    public ImageFixture(LayerLimits? limits = null)
    {
        Root = DataRoot.Open(_temp["root"]);
        Images = Open(limits);
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public DataRoot Root { get; }

    public ImageCollection Images { get; }

    public string this[string relative] => _temp[relative];

    public ImageCollection Open(LayerLimits? limits = null)
    {
        IFileOwnership ownership = Environment.IsPrivilegedProcess ? new DirectOwnership() : new SquashedOwnership();
        return new ImageCollection(Root, new LayerStore(Root, ownership, TimeProvider.System, limits), TimeProvider.System, _client, Registries, limits);
    }

    /// <summary>Verifies the images; containers are directories with a lease only.</summary>
    public Task<VerificationReport> VerifyAsync(bool repair = false, IReadOnlyList<Digest>? lease = null)
        => VerifyAsync(new VerificationOptions { Repair = repair }, lease);

    /// <summary>As the other overload, with further options.</summary>
    public async Task<VerificationReport> VerifyAsync(VerificationOptions options, IReadOnlyList<Digest>? lease = null)
    {
        var findings = new Findings();
        await Images.VerifyAsync(options, _ => lease, findings, Token);
        return findings.ToReport();
    }

    public static byte[] Layer(string name, string content = "content") => new TarBuilder().File(name, content).ToArray();

    public static byte[] Gzip(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }
        return compressed.ToArray();
    }

    public static ImageConfiguration Configuration(params byte[][] layers) => new()
    {
        Architecture = Platform.Current.Architecture,
        Os = "linux",
        Created = DateTimeOffset.UnixEpoch,
        Config = new ExecutionConfiguration { Cmd = ["/app"], Labels = new Dictionary<string, string> { ["a"] = "b" } },
        RootFs = new RootFileSystem { DiffIds = [.. layers.Select(layer => Digest.Compute(layer))] },
    };

    /// <summary>Writes an OCI layout with one image, whose layers are compressed.</summary>
    public string WriteLayout(string name, string? referenceName, params byte[][] layers)
    {
        string directory = _temp[name];
        Descriptor manifest = WriteManifest(directory, layers);
        if (referenceName is not null)
        {
            manifest = manifest with { Annotations = new Dictionary<string, string> { [AnnotationNames.RefName] = referenceName } };
        }
        WriteIndex(directory, manifest);
        return directory;
    }

    public static Descriptor WriteManifest(string directory, params byte[][] layers)
    {
        Descriptor config = WriteBlob(directory, MediaTypes.OciConfig, Configuration(layers).ToUtf8Json());
        Descriptor[] blobs = [.. layers.Select(layer => WriteBlob(directory, MediaTypes.OciLayerGzip, Gzip(layer)))];
        return WriteBlob(directory, MediaTypes.OciManifest, new ImageManifest { Config = config, Layers = blobs }.ToUtf8Json());
    }

    public static void WriteIndex(string directory, params Descriptor[] manifests)
    {
        File.WriteAllBytes(Path.Combine(directory, "oci-layout"), new OciLayout { Version = "1.0.0" }.ToUtf8Json());
        File.WriteAllBytes(Path.Combine(directory, "index.json"), new ImageIndex { Manifests = manifests }.ToUtf8Json());
    }

    public static Descriptor WriteBlob(string directory, string mediaType, byte[] content)
    {
        var descriptor = Descriptor.ForContent(mediaType, content);
        string path = Path.Combine(directory, OciLayout.BlobPath(descriptor.Digest));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return descriptor;
    }

    public void AssertEmpty()
    {
        Assert.Empty(Directory.GetFiles(Path.Combine(Root.BlobsDirectory, "sha256")));
        Assert.Empty(Directory.GetFileSystemEntries(Root.LayersDirectory));
        Assert.Empty(Directory.GetFileSystemEntries(Root.TemporaryDirectory));
        Assert.Empty(Directory.GetFileSystemEntries(Root.IngestDirectory));
    }

    public void Dispose()
    {
        _client.Dispose();
        _temp.Dispose();
    }
}
