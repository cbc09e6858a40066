using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Oci;
using static System.FormattableString;

namespace ContainerKit.Benchmarks.Distribution;

/// <summary>
/// An image of ten layers and about 400 MB: one or a few Debian packages a layer, some of many small files and some of few large ones. Made once,
/// and kept.
/// </summary>
internal sealed class DebianImage
{
    /// <summary>How many of the lower layers the image has in common with the one that is here already, where that is measured.</summary>
    private const int SharedLayers = 7;

    private static readonly string[][] s_layers =
    [
        ["libc6", "coreutils", "bash", "dpkg", "apt", "perl-base", "util-linux"],
        ["perl-modules-5.36"],
        ["libpython3.11-stdlib", "libpython3.11-minimal"],
        ["libllvm14"],
        ["vim-runtime"],
        ["git"],
        ["libicu72"],
        ["python3-django"],
        ["cpp-12"],
        ["locales", "linux-libc-dev", "tzdata"],
    ];

    private readonly IReadOnlyList<TestLayer> _layers;

    private DebianImage(IReadOnlyList<TestLayer> layers, string archive)
    {
        _layers = layers;
        ArchivePath = archive;
    }

    /// <summary>The whole image as <c>docker save</c> writes it; its name is <c>ckbench/unpack:1</c>.</summary>
    public string ArchivePath { get; }

    /// <summary>The name of the image in <see cref="ArchivePath"/>.</summary>
    public static string ArchiveName => "docker.io/ckbench/unpack:1";

    /// <summary>What it is.</summary>
    public string Description
        => Invariant($"{_layers.Count} layers of Debian packages, {_layers.Sum(layer => new FileInfo(layer.Archive).Length) / 1e6:F0} MB, compressed {_layers.Sum(layer => layer.Descriptor.Size) / 1e6:F0} MB");

    /// <summary>What a pull has to fetch where the lower layers are here.</summary>
    public string SharedDescription
        => Invariant($"{SharedLayers} of the layers are there already, {_layers.Skip(SharedLayers).Sum(layer => layer.Descriptor.Size) / 1e6:F0} MB compressed are not");

    /// <summary>Makes it, or takes it from the cache.</summary>
    /// <exception cref="PlatformNotSupportedException">Not a Debian, or its mirror can't be reached.</exception>
    public static async Task<DebianImage> OpenAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var cache = Path.Combine(CacheDirectory, "image-1");
        if (!Directory.Exists(cache))
        {
            Console.WriteLine("making the image; this is done once");
            Directory.CreateDirectory(CacheDirectory);
            var staging = Directory.CreateTempSubdirectory("ckbench-image-").FullName;
            try
            {
                await MakeAsync(staging, workspace, cancellationToken);
                // A move between file systems is none; the other one that makes it at the same time may win.
                await new ExternalCommand("/bin/mv", "--no-target-directory", staging, cache).CaptureAsync(cancellationToken);
            }
            finally
            {
                if (Directory.Exists(staging))
                    Directory.Delete(staging, recursive: true);
            }
        }
        return await ReadAsync(cache, cancellationToken);
    }

    /// <summary>Sends the image, or only its lower layers, to a registry.</summary>
    public async Task UploadAsync(string name, bool onlyShared, CancellationToken cancellationToken)
    {
        var reference = ImageReference.Parse(name);
        var layers = onlyShared ? _layers.Take(SharedLayers).ToList() : _layers;
        using var client = new RegistryClient(new RegistryClientOptions { Credentials = CredentialSources.None });
        foreach (var layer in layers)
            await client.Blobs.UploadAsync(reference, layer.Descriptor, _ => new(File.OpenRead(layer.Blob)), cancellationToken: cancellationToken);
        var configuration = await client.Blobs.UploadAsync(reference, MediaTypes.OciConfig, Configure(layers), cancellationToken);
        var manifest = new ImageManifest { Config = configuration, Layers = [.. layers.Select(layer => layer.Descriptor)] };
        await client.Manifests.PutAsync(reference, manifest.MediaType, manifest.ToUtf8Json(), cancellationToken);
    }

    private static string CacheDirectory
        => Environment.IsPrivilegedProcess
            ? "/var/cache/containerkit-benchmarks"
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache/containerkit-benchmarks");

    private static byte[] Configure(IReadOnlyList<TestLayer> layers)
        => new ImageConfiguration
        {
            Architecture = Platform.Current.Architecture,
            Os = "linux",
            Config = new ExecutionConfiguration { Cmd = ["/bin/bash"], Env = ["PATH=/usr/bin:/bin"] },
            RootFs = new RootFileSystem { DiffIds = [.. layers.Select(layer => layer.DiffId)] },
        }.ToUtf8Json();

    private static async Task MakeAsync(string directory, Workspace workspace, CancellationToken cancellationToken)
    {
        var packages = workspace.CreateDirectory("packages");
        await DownloadAsync(packages, cancellationToken);
        for (var i = 0; i < s_layers.Length; i++)
        {
            var tree = workspace.CreateDirectory(Invariant($"layer-{i}"));
            foreach (var package in s_layers[i])
                await new ExternalCommand("/usr/bin/dpkg-deb", "--extract", Directory.GetFiles(packages, package + "_*.deb").Single(), tree).CaptureSuccessAsync(cancellationToken);
            var archive = Path.Combine(directory, Invariant($"{i}.tar"));
            await new ExternalCommand("/bin/tar", "--sort=name", "--numeric-owner", "--owner=0", "--group=0", "-C", tree, "-cf", archive, ".").CaptureSuccessAsync(cancellationToken);
            Directory.Delete(tree, recursive: true);
            await using var plain = File.OpenRead(archive);
            await using var compressed = new GZipStream(File.Create(archive + ".gz"), CompressionLevel.Optimal);
            await plain.CopyToAsync(compressed, cancellationToken);
        }
        Directory.Delete(packages, recursive: true);
        await WriteArchiveAsync(directory, await ReadLayersAsync(directory, cancellationToken), cancellationToken);
    }

    private static async Task DownloadAsync(string directory, CancellationToken cancellationToken)
    {
        var result = await new ExternalCommand("/bin/sh", ["-c", "cd \"$0\" && exec apt-get download -qq \"$@\"", directory, .. s_layers.SelectMany(packages => packages)])
            .CaptureAsync(cancellationToken);
        if (result.ExitCode != 0)
            throw new PlatformNotSupportedException($"Debian's packages can't be had, of which the image is made (apt-get update?): {result.LastLine}");
    }

    private static async Task WriteArchiveAsync(string directory, IReadOnlyList<TestLayer> layers, CancellationToken cancellationToken)
    {
        var configuration = Configure(layers);
        var name = Digest.Compute(configuration).Hex + ".json";
        await using var archive = new TarWriter(File.Create(Path.Combine(directory, "image.tar")), TarEntryFormat.Pax);
        await WriteAsync(name, configuration);
        foreach (var layer in layers)
        {
            await using var content = File.OpenRead(layer.Archive);
            await archive.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, $"{layer.DiffId.Hex}/layer.tar") { DataStream = content }, cancellationToken);
        }
        await WriteAsync(DockerArchiveImage.ManifestFileName, DockerArchiveImage.WriteManifest(
            [new DockerArchiveImage { Config = name, RepoTags = ["ckbench/unpack:1"], Layers = [.. layers.Select(layer => $"{layer.DiffId.Hex}/layer.tar")] }]));

        Task WriteAsync(string entry, byte[] content)
            => archive.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, entry) { DataStream = new MemoryStream(content) }, cancellationToken);
    }

    private static async Task<DebianImage> ReadAsync(string directory, CancellationToken cancellationToken)
        => new(await ReadLayersAsync(directory, cancellationToken), Path.Combine(directory, "image.tar"));

    private static async Task<IReadOnlyList<TestLayer>> ReadLayersAsync(string directory, CancellationToken cancellationToken)
    {
        List<TestLayer> layers = [];
        for (var i = 0; i < s_layers.Length; i++)
        {
            var archive = Path.Combine(directory, Invariant($"{i}.tar"));
            var blob = archive + ".gz";
            var descriptor = new Descriptor { MediaType = MediaTypes.OciLayerGzip, Digest = await DigestOfAsync(blob, cancellationToken), Size = new FileInfo(blob).Length };
            layers.Add(new TestLayer(archive, await DigestOfAsync(archive, cancellationToken), blob, descriptor));
        }
        return layers;
    }

    private static async Task<Digest> DigestOfAsync(string file, CancellationToken cancellationToken)
    {
        await using var content = File.OpenRead(file);
        return Digest.Parse("sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)));
    }
}
