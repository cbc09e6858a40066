using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using ContainerKit.Oci;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>
/// kill -9 at random moments of load, tag, pull, commit, remove and prune: the next engine on the data root makes it whole by itself, and what was
/// there before is still there.
/// </summary>
[Collection(StressCollection.Name)]
public sealed class StoreCrashTests : IAsyncLifetime
{
    /// <summary>Raises the number of kills; each costs the start of a process.</summary>
    private const string CountVariable = "CONTAINERKIT_STRESS_KILLS";

    private const int UsualKills = 20;
    private const int LayerSize = 300_000;
    private const string KeptContent = "kept content";

    private readonly string _directory = Directory.CreateTempSubdirectory("ck-store-").FullName;
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Dictionary<string, string> _kept = new(StringComparer.Ordinal);
    private TestRegistry _registry = null!;

    private CancellationToken Token => _limit.Token;

    private string DataRoot => Path.Combine(_directory, "data");

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable(CountVariable), CultureInfo.InvariantCulture, out int asked) ? asked : UsualKills;

    public async ValueTask InitializeAsync()
    {
        _limit.CancelAfter(TimeSpan.FromMinutes(5) + (Kills * TimeSpan.FromSeconds(10)));
        _registry = await TestRegistry.StartAsync();
        byte[] shared = CreateLayer("shared", RandomNumberGenerator.GetBytes(LayerSize));
        WriteLayout("kept", "kept:1", shared, CreateLayer("kept", System.Text.Encoding.ASCII.GetBytes(KeptContent)));
        WriteLayout("one", "loaded:1", shared, CreateLayer("one", RandomNumberGenerator.GetBytes(LayerSize)));
        WriteLayout("two", "loaded:1", shared, CreateLayer("two", RandomNumberGenerator.GetBytes(LayerSize)));
        AddToRegistry(shared, CreateLayer("pulled", RandomNumberGenerator.GetBytes(LayerSize)), CreateLayer("more", RandomNumberGenerator.GetBytes(LayerSize)));
    }

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        await using (ContainerEngine engine = await OpenAsync())
        {
            // Files of mapped users can be removed by the engine only.
            foreach (ContainerInfo container in await engine.Containers.ListAsync(CancellationToken.None))
                await (await engine.Containers.GetAsync(container.Id, CancellationToken.None)).RemoveAsync(force: true, CancellationToken.None);
            await engine.Images.PruneAsync(FilterSet.Empty.With("dangling", "false"), CancellationToken.None);
        }

        Directory.Delete(_directory, recursive: true);
        _limit.Dispose();
    }

    [Fact]
    public async Task The_store_is_whole_after_its_process_was_killed_at_random_moments()
    {
        Moments moments = Moments.Create();
        await using (ContainerEngine engine = await OpenAsync())
        {
            Image kept = (await engine.Images.LoadAsync(Path.Combine(_directory, "kept"), Token))[0];
            await engine.Images.TagAsync("kept:1", "kept:2", Token);
            Container source = await engine.Containers.CreateAsync(ContainerSpec.FromImage("kept:1").WithCommand("/none").WithName(StoreWorker.Container), Token);
            await File.WriteAllTextAsync(Path.Combine(DataRoot, "containers", source.Id, "upper", "written"), "by the container", Token);
            await AssertWholeAsync(engine, moments);
            foreach (string file in BlobsOf(kept))
                _kept[file] = Hash(file);
        }

        for (int i = 0; i < Kills; i++)
        {
            await KillAsync(moments, whenReady: moments.Next(5) != 0);
            await using ContainerEngine next = await OpenAsync();
            await AssertWholeAsync(next, moments);
        }

        await using ContainerEngine last = await OpenAsync();
        await last.Images.PruneAsync(FilterSet.Empty.With("dangling", "false"), Token);
        Image left = Assert.Single(await last.Images.ListAsync(Token));
        Assert.Equal(2, left.Layers.Count);
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(DataRoot, "layers")).Length);
        Assert.Equal(4, Directory.GetFiles(Path.Combine(DataRoot, "blobs", "sha256")).Length);
    }

    private Task<ContainerEngine> OpenAsync() => ContainerEngine.OpenAsync(
        new EngineOptions { DataRoot = DataRoot, Registries = StoreWorker.Registries, PrepareContainers = false }, CancellationToken.None);

    private IEnumerable<string> BlobsOf(Image image)
        => image.Layers.Select(layer => Path.Combine(DataRoot, "layers", layer.Hex + ".json")).Append(Path.Combine(DataRoot, "blobs", "sha256", image.Id.Hex))
            .Append(Path.Combine(DataRoot, "blobs", "sha256", image.ManifestDigest!.Value.Hex));

    private async Task AssertWholeAsync(ContainerEngine engine, Moments moments)
    {
        VerificationReport report = await engine.VerifyAsync(cancellationToken: Token);
        Assert.True(report.IsClean, $"{moments}\n{string.Join('\n', report.Problems)}");
        Image kept = await engine.Images.GetAsync("kept:2", Token);
        Assert.Equal(["kept:1", "kept:2"], kept.References.Select(name => name.FamiliarString));
        Assert.Equal(KeptContent, await File.ReadAllTextAsync(Path.Combine(DataRoot, "layers", kept.Layers[1].Hex, "kept"), Token));
        Assert.All(_kept, pair => Assert.Equal(pair.Value, Hash(pair.Key)));
        Assert.Equal(StoreWorker.Container, Assert.Single(await engine.Containers.ListAsync(Token)).Name);
        foreach (Image image in await engine.Images.ListAsync(Token))
            Assert.All((await engine.Images.InspectAsync(image.ManifestDigest.ToString()!, Token)).Layers, layer => Assert.True(layer.HasBlob && Directory.Exists(layer.Directory)));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(DataRoot, "tmp")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(DataRoot, "locks"), "layer-*"));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(DataRoot, "locks"), "blob-*"));
    }

    private async Task KillAsync(Moments moments, bool whenReady)
    {
        using Process worker = StartWorker();

        // Some are killed while the engine still opens, the others while images come and go.
        if (!whenReady)
        {
            await Task.Delay(moments.Next(800), Token);
        }
        else
        {
            string? line = await worker.StandardOutput.ReadLineAsync(Token);
            Assert.True(line == "ready", $"{line} {moments}{(line is null ? ": " + await worker.StandardError.ReadToEndAsync(Token) : "")}");
            await moments.After(TimeSpan.FromMilliseconds(400), () => Task.CompletedTask);
        }

        Assert.True(!worker.HasExited, $"The worker ended by itself, {moments}: {(worker.HasExited ? await worker.StandardError.ReadToEndAsync(Token) : "")}");
        worker.Kill();
        await worker.WaitForExitAsync(Token);
        worker.StandardInput.Dispose();
        worker.StandardOutput.Dispose();
        worker.StandardError.Dispose();
    }

    private Process StartWorker()
    {
        string program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(StoreCrashTests).Assembly.Location] : [];
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[StoreWorker.Variable] = DataRoot;
        start.Environment[StoreWorker.ArchivesVariable] = _directory;
        start.Environment[StoreWorker.PullVariable] = $"{_registry.Name}/team/app:1";
        return Process.Start(start)!;
    }

    private static string Hash(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));

    private static byte[] CreateLayer(string name, byte[] content)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch });
        return archive.ToArray();
    }

    private static byte[] Compress(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(content);
        return compressed.ToArray();
    }

    private static (byte[] Configuration, byte[][] Blobs, byte[] Manifest) CreateImage(byte[][] layers)
    {
        byte[] configuration = new ImageConfiguration
        {
            Os = "linux",
            Architecture = Platform.Current.Architecture,
            RootFs = new RootFileSystem { DiffIds = [.. layers.Select(layer => Digest.Compute(layer))] },
        }.ToUtf8Json();
        byte[][] blobs = [.. layers.Select(Compress)];
        byte[] manifest = new ImageManifest
        {
            Config = Descriptor.ForContent(MediaTypes.OciConfig, configuration),
            Layers = [.. blobs.Select(blob => Descriptor.ForContent(MediaTypes.OciLayerGzip, blob))],
        }.ToUtf8Json();
        return (configuration, blobs, manifest);
    }

    private void AddToRegistry(params byte[][] layers)
    {
        (byte[] configuration, byte[][] blobs, byte[] manifest) = CreateImage(layers);
        foreach (byte[] blob in (byte[][])[configuration, .. blobs])
            _registry.AddBlob("team/app", blob);
        _registry.AddManifest("team/app", "1", MediaTypes.OciManifest, manifest);
    }

    private void WriteLayout(string directory, string name, params byte[][] layers)
    {
        (byte[] configuration, byte[][] blobs, byte[] manifest) = CreateImage(layers);
        string path = Path.Combine(_directory, directory);
        foreach (byte[] blob in (byte[][])[configuration, manifest, .. blobs])
        {
            string file = Path.Combine(path, OciLayout.BlobPath(Digest.Compute(blob)));
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, blob);
        }

        Descriptor entry = Descriptor.ForContent(MediaTypes.OciManifest, manifest) with { Annotations = new Dictionary<string, string> { [AnnotationNames.RefName] = name } };
        File.WriteAllBytes(Path.Combine(path, OciLayout.FileName), new OciLayout { Version = OciLayout.CurrentVersion }.ToUtf8Json());
        File.WriteAllBytes(Path.Combine(path, OciLayout.IndexFileName), new ImageIndex { Manifests = [entry] }.ToUtf8Json());
    }
}
