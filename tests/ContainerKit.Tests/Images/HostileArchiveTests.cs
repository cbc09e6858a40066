using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Unpacking;
using Xunit;

namespace ContainerKit.Tests.Images;

/// <summary>Archives of strangers: whatever they try, nothing changes outside of the data root, and the data root stays consistent.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private static readonly LayerLimits Limits = new() { MaxEntries = 1000, MaxArchiveSize = 32 << 20, MaxApparentSize = 64 << 20 };

    private static readonly Dictionary<string, HostileArchive> Corpus = HostileRootFs.All.Select(archive => (Name: "import: " + archive.Name, archive))
        .Concat(HostileImages.All.Select(archive => (Name: "load: " + archive.Name, archive))).ToDictionary(pair => pair.Name, pair => pair.archive);

    private readonly ImageFixture _fixture = new(Limits);

    public static TheoryData<string> Names => [.. Corpus.Keys];

    private static CancellationToken Token => ImageFixture.Token;

    private string Outside => _fixture["outside"];

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_hostile_archive_stays_in_its_layer(string name)
    {
        HostileArchive archive = Corpus[name];
        Directory.CreateDirectory(Outside);
        File.WriteAllText(Path.Combine(Outside, "victim"), "untouched");
        await _fixture.Images.LoadAsync(_fixture.WriteLayout("kept", "kept:1", ImageFixture.Layer("kept")), Token);
        string before = Describe();

        Exception? failure = await Record.ExceptionAsync(() => AddAsync(archive));

        Assert.True(
            failure is null or InvalidContentException or ContentMismatchException or UnsupportedException,
            $"{failure?.GetType().Name} is no clear error: {failure?.Message}");
        Assert.Equal(archive.IsRefused, failure is not null);
        Assert.Equal(before, Describe());
        VerificationReport report = await _fixture.VerifyAsync();
        Assert.True(report.IsClean, string.Join('\n', report.Problems));
        IReadOnlyList<Image> images = await _fixture.Images.ListAsync(Token);
        Assert.Equal(failure is null ? 2 : 1, images.Count);
        Assert.All(images, image => Assert.NotEmpty(image.ResolveLayerDirectories()));
        Assert.Empty(Directory.GetFileSystemEntries(_fixture.Root.TemporaryDirectory));

        // What came in goes again, whatever names and modes it has.
        await _fixture.Images.PruneAsync(FilterSet.Empty.With("dangling", "false"), Token);
        _fixture.AssertEmpty();
    }

    [Fact]
    public void The_corpus_is_large() => Assert.True(Corpus.Count >= 150, $"{Corpus.Count}");

    private async Task AddAsync(HostileArchive archive)
    {
        using var content = new MemoryStream(archive.Create(Outside), writable: false);
        if (archive.IsRootFs)
            await _fixture.Images.ImportAsync(content, cancellationToken: Token);
        else
            await _fixture.Images.LoadAsync(content, Token);
    }

    /// <summary>Everything around the data root, with what a link that leads out would change.</summary>
    private string Describe()
    {
        string scratch = Path.GetDirectoryName(_fixture.Root.Path)!;
        using RootedDirectory root = RootedDirectory.Open(Outside);
        FileStatus directory = root.GetStatus(default);
        FileStatus victim = root.GetStatus("victim"u8);
        return string.Join(' ', [
            .. Directory.EnumerateFileSystemEntries(scratch).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            .. Directory.EnumerateFileSystemEntries(_fixture.Root.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            .. Directory.EnumerateFileSystemEntries(Outside).Select(Path.GetFileName).Order(StringComparer.Ordinal),
            File.ReadAllText(Path.Combine(Outside, "victim")),
            $"{directory.Mode} {directory.UserId} {directory.ModifiedSeconds}.{directory.ModifiedNanoseconds}",
            $"{victim.Mode} {victim.UserId} {victim.LinkCount} {victim.ModifiedSeconds}.{victim.ModifiedNanoseconds}",
            .. root.ListExtendedAttributes(default).Select(Convert.ToHexString)]);
    }
}
