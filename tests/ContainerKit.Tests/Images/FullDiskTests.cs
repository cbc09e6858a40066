using ContainerKit.Images;
using ContainerKit.Linux;
using ContainerKit.Storage;
using ContainerKit.Tests.Storage;
using Xunit;

namespace ContainerKit.Tests.Images;

/// <summary>A disk that is full in the middle of things: a clear error, and nothing half done.</summary>
public sealed class FullDiskTests : PullTest
{
    private const int DiskSize = 6_000_000;

    public enum Source
    {
        Layout,
        Archive,
        RootFs,
        Registry,
        Commit,
    }

    /// <summary>What fits, what fits as a blob but not unpacked, and what does not fit at all.</summary>
    public static MatrixTheoryData<Source, int> Cases => new(Enum.GetValues<Source>(), [1_000_000, 3_500_000, 9_000_000]);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_full_disk_is_said_and_nothing_is_left(Source source, int size)
    {
        byte[] layer = LargeLayer(size);
        string directory = Fixture.WriteLayout("large", "large:1", layer);
        string kept = Fixture.WriteLayout("kept", "kept:1", ImageFixture.Layer("kept"));
        AddImage("1", layer);
        using var disk = SmallDisk.Mount(Fixture.Root.Path, DiskSize);
        DataRoot.Open(Fixture.Root.Path);
        Image below = (await Fixture.Images.LoadAsync(kept, Token))[0];
        string[] before = Snapshot();

        Exception? failure = await Record.ExceptionAsync(() => AddAsync(source, directory, layer, below));

        if (failure is null)
        {
            Assert.True(size < DiskSize);
            Assert.Equal(2, (await Fixture.Images.ListAsync(Token)).Count);
        }
        else
        {
            LinuxException full = Assert.IsType<LinuxException>(failure);
            Assert.Equal(Errno.ENOSPC, full.Errno);
            Assert.Contains(Fixture.Root.Path, full.Message, StringComparison.Ordinal);
            Assert.NotEqual(1_000_000, size);
            Assert.Equal(before, Snapshot());
        }

        VerificationReport report = await Fixture.VerifyAsync();
        Assert.True(report.IsClean, string.Join('\n', report.Problems));
        Assert.Equal(below.Id, (await Fixture.Images.GetAsync("kept:1", Token)).Id);

        // There is room again for what fits.
        await Fixture.Images.PruneAsync(FilterSet.Empty.With("dangling", "false"), Token);
        await Fixture.Images.LoadAsync(kept, Token);
    }

    private async Task<Image> AddAsync(Source source, string directory, byte[] layer, Image below) => source switch
    {
        Source.Layout => (await Fixture.Images.LoadAsync(directory, Token))[0],
        Source.Archive => await LoadArchiveAsync(directory),
        Source.RootFs => await Fixture.Images.ImportAsync(new MemoryStream(layer), cancellationToken: Token),
        Source.Registry => await Fixture.Images.PullAsync(Name, cancellationToken: Token),
        _ => await Fixture.Images.CommitAsync(
            new ImageCommit { Parent = below.Id, Configure = configuration => configuration, WriteLayer = async (output, token) => await output.WriteAsync(layer, token) }, Token),
    };

    private async Task<Image> LoadArchiveAsync(string directory)
    {
        var archive = new TarBuilder();
        foreach (string file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            archive.Entry('0', Path.GetRelativePath(directory, file), content: await File.ReadAllBytesAsync(file, Token));
        }
        return (await Fixture.Images.LoadAsync(new MemoryStream(archive.ToArray()), Token))[0];
    }

    private string[] Snapshot() => [.. Directory.EnumerateFileSystemEntries(Fixture.Root.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
