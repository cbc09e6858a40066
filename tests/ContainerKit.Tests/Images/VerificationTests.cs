using ContainerKit.Linux.Io;
using ContainerKit.Oci;
using ContainerKit.Storage;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class VerificationTests : IDisposable
{
    private static readonly byte[] Layer = ImageFixture.Layer("own", "own content");
    private static readonly byte[] Shared = ImageFixture.Layer("shared", "shared content");

    private readonly ImageFixture _fixture = new();

    private static CancellationToken Token => ImageFixture.Token;

    public void Dispose() => _fixture.Dispose();

    /// <summary>Two images with a common layer, and a container of the first.</summary>
    private async Task<Image> PrepareAsync()
    {
        Image image = (await _fixture.Images.LoadAsync(_fixture.WriteLayout("app", "app:1", Shared, Layer), Token))[0];
        await _fixture.Images.LoadAsync(_fixture.WriteLayout("other", "other:1", Shared), Token);
        Directory.CreateDirectory(Container);
        await _fixture.Images.LeaseLayersAsync(image, Container, durable: true, Token);
        return image;
    }

    private string Container => Path.Combine(_fixture.Root.ContainersDirectory, "c1");

    private string PathOf(byte[] layer) => _fixture.Root.LayerPath(Digest.Compute(layer));

    private string BlobOf(byte[] layer) => _fixture.Root.BlobPath(Digest.Compute(ImageFixture.Gzip(layer)));

    private string[] Snapshot() => [.. Directory.EnumerateFileSystemEntries(_fixture.Root.Path, "*", SearchOption.AllDirectories)
        .Where(path => !path.StartsWith(_fixture.Root.LocksDirectory, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task A_whole_data_root_is_clean()
    {
        await PrepareAsync();
        VerificationReport report = await _fixture.VerifyAsync();
        Assert.True(report.IsClean, string.Join('\n', report.Problems));
        Assert.Equal((2, 6, 2), (report.Images, report.Blobs, report.Layers));
        Assert.Equal(Directory.GetFiles(_fixture.Root.BlobsDirectory, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length), report.BytesRead);
    }

    /// <summary>What is done to the file <c>own</c> of a layer.</summary>
    [Theory]
    [InlineData("nothing")]
    [InlineData("content")]
    [InlineData("mode")]
    [InlineData("time")]
    [InlineData("removed")]
    [InlineData("added")]
    [InlineData("root")]
    public async Task A_layer_whose_files_are_not_those_of_its_archive_is_found_when_layers_are_compared(string damage)
    {
        await PrepareAsync();
        string file = Path.Combine(PathOf(Layer), "own");
        DateTime time = File.GetLastWriteTimeUtc(file);
        switch (damage)
        {
            case "content":
                Flip(file);
                File.SetLastWriteTimeUtc(file, time);
                break;
            case "mode":
                File.SetUnixFileMode(file, File.GetUnixFileMode(file) ^ UnixFileMode.OtherWrite);
                break;
            case "time":
                File.SetLastWriteTimeUtc(file, time.AddSeconds(1));
                break;
            case "removed":
                File.Delete(file);
                break;
            case "added":
                File.WriteAllText(Path.Combine(PathOf(Layer), "another"), "");
                break;
            case "root":
                File.SetUnixFileMode(PathOf(Layer), File.GetUnixFileMode(PathOf(Layer)) ^ UnixFileMode.GroupWrite);
                break;
        }

        Assert.True((await _fixture.VerifyAsync()).IsClean);
        VerificationReport found = await _fixture.VerifyAsync(new VerificationOptions { CompareLayers = true });
        Assert.Equal(damage == "nothing" ? [] : [(VerificationProblemKind.LayerDamaged, PathOf(Layer))], found.Problems.Select(problem => (problem.Kind, problem.Path)));

        await _fixture.VerifyAsync(new VerificationOptions { CompareLayers = true, Repair = true });
        VerificationReport repaired = await _fixture.VerifyAsync(new VerificationOptions { CompareLayers = true });
        Assert.True(repaired.IsClean, string.Join('\n', repaired.Problems));
        Assert.Equal("own content", File.ReadAllText(file));
    }

    private static void Flip(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        content[^1] ^= 1;
        File.WriteAllBytes(path, content);
    }

    /// <summary>What is done to the data root, what is found, and which images are there after the repair.</summary>
    public static TheoryData<string, string, string> Damages => new()
    {
        { "a changed layer blob", "BlobDamaged ImageBroken", "other:1" },
        { "a truncated layer blob", "BlobDamaged ImageBroken", "other:1" },
        { "a missing layer blob", "ImageBroken", "other:1" },
        { "a missing shared blob", "ImageBroken ImageBroken", "" },
        { "a missing manifest", "ImageBroken Unreferenced Unreferenced", "other:1" },
        { "a changed manifest", "BlobDamaged ImageBroken", "other:1" },
        { "a missing configuration", "ImageBroken", "other:1" },
        { "a wrong size in the index", "ImageBroken", "other:1" },
        { "a missing layer", "LayerMissing", "app:1 other:1" },
        { "a missing shared layer", "LayerMissing", "app:1 other:1" },
        { "a layer without its record", "LayerDamaged", "app:1 other:1" },
        { "a layer with a broken record", "LayerDamaged", "app:1 other:1" },
        { "a layer with the record of another", "LayerDamaged", "app:1 other:1" },
        { "an index of garbage", "IndexDamaged", "<none> <none>" },
        { "no index", "IndexDamaged", "<none> <none>" },
        { "a blob that nothing has", "Unreferenced", "app:1 other:1" },
        { "a layer that nothing has", "Unreferenced", "app:1 other:1" },
        { "a layer that nothing has, without its record", "LayerDamaged Unreferenced", "app:1 other:1" },
        { "a record without a layer", "Unreferenced", "app:1 other:1" },
        { "what is half unpacked", "Leftover Leftover", "app:1 other:1" },
        { "a strange blob", "Leftover", "app:1 other:1" },
        { "a strange layer", "Leftover", "app:1 other:1" },
        { "a broken lease", "LeaseDamaged", "app:1 other:1" },
    };

    private async Task DamageAsync(string damage, Image image)
    {
        DataRoot root = _fixture.Root;
        string manifest = root.BlobPath(image.ManifestDigest!.Value);
        var lost = Digest.Compute("lost"u8);
        switch (damage)
        {
            case "a changed layer blob":
                Flip(BlobOf(Layer));
                break;
            case "a truncated layer blob":
                File.WriteAllBytes(BlobOf(Layer), File.ReadAllBytes(BlobOf(Layer))[..10]);
                break;
            case "a missing layer blob":
                File.Delete(BlobOf(Layer));
                break;
            case "a missing shared blob":
                File.Delete(BlobOf(Shared));
                break;
            case "a missing manifest":
                File.Delete(manifest);
                break;
            case "a changed manifest":
                Flip(manifest);
                break;
            case "a missing configuration":
                File.Delete(root.BlobPath(image.Id));
                break;
            case "a wrong size in the index":
                ImageIndex index = ImageIndex.Parse(File.ReadAllBytes(root.IndexFile));
                File.WriteAllBytes(root.IndexFile, (index with
                {
                    Manifests = [.. index.Manifests.Select(entry => entry.Digest == image.ManifestDigest ? entry with { Size = entry.Size + 1 } : entry)],
                }).ToUtf8Json());
                break;
            case "a missing layer":
                Directory.Delete(PathOf(Layer), recursive: true);
                break;
            case "a missing shared layer":
                Directory.Delete(PathOf(Shared), recursive: true);
                break;
            case "a layer without its record":
                File.Delete(PathOf(Layer) + ".json");
                break;
            case "a layer with a broken record":
                File.WriteAllText(PathOf(Layer) + ".json", "{");
                break;
            case "a layer with the record of another":
                File.Copy(PathOf(Shared) + ".json", PathOf(Layer) + ".json", overwrite: true);
                break;
            case "an index of garbage":
                File.WriteAllText(root.IndexFile, "garbage");
                break;
            case "no index":
                File.Delete(root.IndexFile);
                break;
            case "a blob that nothing has":
                await new ContentStore(root).PutAsync("lost"u8.ToArray(), Token);
                break;
            case "a layer that nothing has":
                var layers = new LayerStore(root, new ContainerKit.Storage.Ownership.SquashedOwnership(), TimeProvider.System);
                await layers.UnpackAsync(new MemoryStream(ImageFixture.Layer("lost")), null, "layer", Token);
                break;
            case "a layer that nothing has, without its record":
                Directory.CreateDirectory(root.LayerPath(lost));
                break;
            case "a record without a layer":
                File.WriteAllText(root.LayerPath(lost) + ".json", "{}");
                break;
            case "what is half unpacked":
                Directory.CreateDirectory(Path.Combine(root.TemporaryDirectory, "0123"));
                Directory.CreateDirectory(Path.Combine(root.LayersDirectory, ".0123", "etc"));
                break;
            case "a strange blob":
                File.WriteAllText(Path.Combine(root.BlobDirectory("sha256"), "strange"), "");
                break;
            case "a strange layer":
                Directory.CreateDirectory(Path.Combine(root.LayersDirectory, "strange"));
                break;
            case "a broken lease":
                File.WriteAllText(Path.Combine(Container, "layers.json"), "{");
                break;
            default:
                Assert.Fail(damage);
                break;
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Damage_is_found_and_repaired(string damage, string expected, string left)
    {
        Image image = await PrepareAsync();
        Image other = await _fixture.Images.GetAsync("other:1", Token);
        await DamageAsync(damage, image);
        string[] before = Snapshot();

        VerificationReport found = await _fixture.VerifyAsync();
        Assert.Equal(expected, string.Join(' ', found.Problems.Select(problem => problem.Kind.ToString()).Order(StringComparer.Ordinal)));
        Assert.All(found.Problems, problem => Assert.True(problem is { Repair: null, Description.Length: > 0 } && problem.Path.StartsWith(_fixture.Root.Path, StringComparison.Ordinal)));
        Assert.Equal(before, Snapshot());

        VerificationReport repaired = await _fixture.VerifyAsync(repair: true, lease: image.Layers);
        Assert.True(repaired.Problems.Count >= found.Problems.Count);
        Assert.All(repaired.Problems, problem => Assert.NotNull(problem.Repair));
        VerificationReport after = await _fixture.VerifyAsync();
        Assert.True(after.IsClean, string.Join('\n', after.Problems));
        IReadOnlyList<Image> images = await _fixture.Open().ListAsync(Token);
        Assert.Equal(left, string.Join(' ', images.Select(each => each.References.Count == 0 ? "<none>" : each.ToString()).Order(StringComparer.Ordinal)));
        Assert.All(images, each => Assert.NotEmpty(each.ResolveLayerDirectories()));

        // The container has its layers still, and what was repaired is as it was.
        Assert.Equal("own content", File.ReadAllText(Path.Combine(PathOf(Layer), "own")));
        Assert.Equal("shared content", File.ReadAllText(Path.Combine(PathOf(Shared), "shared")));
        Assert.Equal(left.Contains("other", StringComparison.Ordinal) ? other.Id : null, (await _fixture.Images.FindAsync("other:1", Token))?.Id);
    }

    [Fact]
    public async Task A_layer_that_only_a_container_needs_is_reported_and_stays_missing()
    {
        Image image = await PrepareAsync();
        await _fixture.Images.RemoveAsync("app:1", Token);
        Directory.Delete(PathOf(Layer), recursive: true);
        VerificationProblem problem = Assert.Single((await _fixture.VerifyAsync(repair: true, image.Layers)).Problems);
        Assert.Equal((VerificationProblemKind.LayerMissing, null), (problem.Kind, problem.Repair));
        Assert.True(Directory.Exists(Container));
    }

    [Fact]
    public async Task What_others_are_adding_is_no_problem()
    {
        await PrepareAsync();
        using (FileLock adding = FileLock.TryAcquire(_fixture.Root.LockPath("content"), FileLockMode.Shared)!)
        {
            await new ContentStore(_fixture.Root).PutAsync("new"u8.ToArray(), Token);
            Assert.True((await _fixture.VerifyAsync()).IsClean);
        }
        Assert.Equal(VerificationProblemKind.Unreferenced, Assert.Single((await _fixture.VerifyAsync()).Problems).Kind);
    }

    [Fact]
    public async Task Content_need_not_be_read()
    {
        await PrepareAsync();
        Flip(BlobOf(Layer));
        var findings = new ContainerKit.Images.Verification.Findings();
        await _fixture.Images.VerifyAsync(new VerificationOptions { SkipContent = true }, _ => null, findings, Token);
        Assert.Equal((0, 0L), (findings.All.Count, findings.BytesRead));
    }

    [Fact]
    public async Task A_damaged_data_root_can_be_opened_to_be_repaired()
    {
        await PrepareAsync();
        File.WriteAllText(_fixture.Root.IndexFile, "garbage");
        File.WriteAllBytes(_fixture.Root.LockPath("sweep-pending"), []);
        await _fixture.Open().RecoverAsync(Token);
        Assert.False((await _fixture.VerifyAsync(repair: true)).IsClean);
        Assert.True((await _fixture.VerifyAsync()).IsClean);
        Assert.Equal(2, (await _fixture.Images.ListAsync(Token)).Count);
    }
}
