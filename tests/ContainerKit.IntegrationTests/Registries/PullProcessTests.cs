using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using ContainerKit.Oci;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.IntegrationTests.Registries;

/// <summary>Several processes that pull into one data root, and such as are killed.</summary>
public sealed class PullProcessTests : RegistryBed
{
    private const int LayerSize = 1_500_000;
    private const int StallAfter = 600_000;

    private TestRegistry _registry = null!;
    private string[] _blobs = [];

    private string Root => Path.Combine(Scratch, "shared");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _registry = Own(await TestRegistry.StartAsync());
        byte[][] layers = [CreateLayer("a"), CreateLayer("b"), CreateLayer("c")];
        byte[][] blobs = [.. layers.Select(Compress)];
        _blobs = [.. blobs.Select(blob => _registry.AddBlob("team/app", blob))];
        byte[] configuration = new ImageConfiguration
        {
            Os = "linux",
            Architecture = Platform.Current.Architecture,
            RootFs = new RootFileSystem { DiffIds = [.. layers.Select(layer => Digest.Compute(layer))] },
        }.ToUtf8Json();
        _registry.AddBlob("team/app", configuration);
        byte[] manifest = new ImageManifest
        {
            Config = Descriptor.ForContent(MediaTypes.OciConfig, configuration),
            Layers = [.. blobs.Select(blob => Descriptor.ForContent(MediaTypes.OciLayerGzip, blob))],
        }.ToUtf8Json();
        _registry.AddManifest("team/app", "1", MediaTypes.OciManifest, manifest);
    }

    [Fact]
    public async Task Processes_that_pull_at_once_fetch_each_layer_once()
    {
        ContainerEngine engine = await OpenSharedAsync();
        Process[] workers = [StartWorker(_registry.Name), StartWorker(_registry.Name)];
        Image own = await engine.Images.PullAsync($"{_registry.Name}/team/app:1", cancellationToken: Token);

        foreach (Process worker in workers)
        {
            string output = await worker.StandardOutput.ReadToEndAsync(Token);
            await worker.WaitForExitAsync(Token);
            Assert.Equal((own.Id.ToString(), 0), (output.Trim(), worker.ExitCode));
            worker.Dispose();
        }

        Assert.All(_blobs, blob => Assert.Equal(1, _registry.Count("GET", blob)));
        Assert.Equal(own.Id, Assert.Single(await engine.Images.ListAsync(Token)).Id);
    }

    [Fact]
    public async Task A_pull_goes_on_where_a_killed_process_was()
    {
        // Every connection stands still in the middle of a layer, so that this is where the process is when it is killed.
        await using var proxy = new FaultProxy(_registry.Port, _ => new ConnectionFault(StallAfter: StallAfter));
        using Process worker = StartWorker(proxy.Name);
        string ingest = Path.Combine(Root, "ingest");
        while (!Directory.Exists(ingest) || new DirectoryInfo(ingest).GetFiles().Count(file => file.Length > StallAfter / 2) < _blobs.Length)
        {
            Assert.False(worker.HasExited);
            await Task.Delay(10, Token);
        }

        worker.Kill();
        await worker.WaitForExitAsync(Token);
        ContainerEngine engine = await OpenSharedAsync();
        Assert.Empty(await engine.Images.ListAsync(Token));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Root, "layers")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Root, "tmp")));
        Image image = await engine.Images.PullAsync($"{_registry.Name}/team/app:1", cancellationToken: Token);

        Assert.Equal(3, image.Layers.Count);
        Assert.Equal(_blobs.Length, _registry.Requests.Count(request => request.Range is not null));
        Assert.Empty(Directory.GetFileSystemEntries(ingest));
    }

    private async Task<ContainerEngine> OpenSharedAsync()
        => await OpenEngineAsync(Options(new RegistryHostOptions { PlainHttp = PlainHttpPolicy.Require }), Root);

    private Process StartWorker(string registry)
    {
        string program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(PullWorker).Assembly.Location] : [];
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment[PullWorker.Variable] = $"{registry}/team/app:1";
        start.Environment[PullWorker.DataRootVariable] = Root;
        return Process.Start(start)!;
    }

    private static byte[] CreateLayer(string name)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(RandomNumberGenerator.GetBytes(LayerSize)) });
        }

        return archive.ToArray();
    }

    private static byte[] Compress(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }
}
