using System.Formats.Tar;
using System.Security.Cryptography;
using Xunit;

namespace ContainerKit.IntegrationTests.Images;

/// <summary>Images and containers of one data root together: what keeps what, what it takes, and what is wrong with it.</summary>
public sealed class StoreTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ck-storetests-").FullName;
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private ContainerEngine _engine = null!;
    private Container _container = null!;

    private CancellationToken Token => _limit.Token;

    public async ValueTask InitializeAsync()
    {
        _limit.CancelAfter(TimeSpan.FromMinutes(2));
        _engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = _directory, PrepareContainers = false }, Token);
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "file") { DataStream = new MemoryStream(new byte[1000]) });
        archive.Position = 0;
        await _engine.Images.ImportAsync(archive, new ImageImportOptions { Reference = "app:1" }, Token);
        _container = await _engine.Containers.CreateAsync(ContainerSpec.FromImage("app:1").WithCommand("/none").WithName("one"), Token);
        await File.WriteAllBytesAsync(Path.Combine(DirectoryOf(_container), "upper", "written"), new byte[300], Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ContainerInfo left in await _engine.Containers.ListAsync(CancellationToken.None))
            await (await _engine.Containers.GetAsync(left.Id, CancellationToken.None)).RemoveAsync(force: true, CancellationToken.None);

        // Files of mapped users can be removed by the engine only.
        await _engine.Images.PruneAsync(FilterSet.Empty.With("dangling", "false"), CancellationToken.None);
        await _engine.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        _limit.Dispose();
    }

    private string DirectoryOf(Container container) => Path.Combine(_directory, "containers", container.Id);

    [Fact]
    public async Task Disk_usage_counts_what_containers_have_written()
    {
        DiskUsage usage = await _engine.GetDiskUsageAsync(Token);

        ContainerDiskUsage container = Assert.Single(usage.Containers);
        Assert.Equal((_container.Id, 300L, 0L), (container.Container.Id, container.WritableSize, container.LogSize));
        ImageDiskUsage image = Assert.Single(usage.Images);
        Assert.Equal((1000L, 0L, 1), (image.UniqueSize, image.SharedSize, image.Containers));
        Assert.Equal(1000 + 300 + usage.BlobsSize, usage.TotalSize);
    }

    [Fact]
    public async Task An_image_and_its_layers_go_with_the_last_that_needs_them()
    {
        Image image = await _engine.Images.GetAsync("app:1", Token);
        await Assert.ThrowsAsync<ConflictException>(() => _engine.Images.RemoveAsync("app:1", Token));
        Assert.Empty((await _engine.Images.PruneAsync(FilterSet.Empty.With("dangling", "false"), Token)).DeletedImages);
        Assert.Equal([_container.Id], (await _engine.Images.InspectAsync("app:1", Token)).ContainerIds);

        ImageRemovalReport report = await _engine.Images.RemoveAsync("app:1", force: true, Token);
        Assert.Equal((image.Id, 0), (Assert.Single(report.DeletedImages), report.DeletedLayers.Count));
        Assert.Single(Directory.GetDirectories(Path.Combine(_directory, "layers")));
        Assert.True((await _engine.VerifyAsync(cancellationToken: Token)).IsClean);

        await _container.RemoveAsync(cancellationToken: Token);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_directory, "layers")));
        Assert.True((await _engine.VerifyAsync(cancellationToken: Token)).IsClean);
    }

    [Fact]
    public async Task What_dead_engines_have_left_of_containers_is_found_and_removed()
    {
        string half = Path.Combine(_directory, "containers", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        string removing = Path.Combine(_directory, "removing", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        string name = Path.Combine(_directory, "containers", "names", "lost");
        Directory.CreateDirectory(half);
        Directory.CreateDirectory(removing);
        File.CreateSymbolicLink(name, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));

        VerificationReport found = await _engine.VerifyAsync(cancellationToken: Token);
        Assert.Equal(new[] { half, removing, name }.Order(StringComparer.Ordinal), found.Problems.Select(problem => problem.Path).Order(StringComparer.Ordinal));
        Assert.All(found.Problems, problem => Assert.Equal((VerificationProblemKind.Leftover, null), (problem.Kind, problem.Repair)));

        VerificationReport repaired = await _engine.VerifyAsync(new VerificationOptions { Repair = true }, Token);
        Assert.All(repaired.Problems, problem => Assert.Equal("removed", problem.Repair));
        Assert.True((await _engine.VerifyAsync(cancellationToken: Token)).IsClean);
        Assert.Equal("one", Assert.Single(await _engine.Containers.ListAsync(Token)).Name);
    }

    [Fact]
    public async Task A_damaged_lease_is_made_anew_of_the_containers_configuration()
    {
        string lease = Path.Combine(DirectoryOf(_container), "layers.json");
        string before = await File.ReadAllTextAsync(lease, Token);
        await File.WriteAllTextAsync(lease, "{", Token);

        VerificationProblem problem = Assert.Single((await _engine.VerifyAsync(new VerificationOptions { Repair = true }, Token)).Problems);

        Assert.Equal(VerificationProblemKind.LeaseDamaged, problem.Kind);
        Assert.NotNull(problem.Repair);
        Assert.Equal(before, await File.ReadAllTextAsync(lease, Token));
        Assert.True((await _engine.VerifyAsync(cancellationToken: Token)).IsClean);
    }

    [Fact]
    public async Task A_container_whose_configuration_is_damaged_is_reported_and_kept()
    {
        // By another engine: this one knows the container.
        string config = Path.Combine(DirectoryOf(_container), "config.json");
        string before = await File.ReadAllTextAsync(config, Token);
        await File.WriteAllTextAsync(config, "{", Token);
        await using (ContainerEngine other = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = _directory, PrepareContainers = false }, Token))
        {
            VerificationProblem problem = Assert.Single((await other.VerifyAsync(new VerificationOptions { Repair = true }, Token)).Problems);
            Assert.Equal((VerificationProblemKind.ContainerDamaged, null), (problem.Kind, problem.Repair));
        }

        Assert.Equal(300, new FileInfo(Path.Combine(DirectoryOf(_container), "upper", "written")).Length);
        await File.WriteAllTextAsync(config, before, Token);
        Assert.True((await _engine.VerifyAsync(cancellationToken: Token)).IsClean);
    }
}
