using ContainerKit.Oci;
using ContainerKit.TestSupport.Registry;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class PullRecoveryTests : PullTest
{
    [Fact]
    public async Task Pull_resumes_after_dropped_connections()
    {
        byte[] layer = LargeLayer(3_000_000);
        AddImage("1", layer);
        FaultProxy proxy = OwnServer(new FaultProxy(Registry.Port, number => number < 5 ? new ConnectionFault(CutAfter: 400_000) : null));

        Image image = await Fixture.Images.PullAsync($"{proxy.Name}/team/app:1", cancellationToken: Token);

        Assert.Equal(3_000_000, ReadFile(image, "large").Length);
        Assert.Contains(Registry.Requests, request => request.Range is not null);
    }

    [Fact]
    public async Task A_pull_that_was_cancelled_goes_on_where_it_was()
    {
        byte[] layer = LargeLayer(4_000_000);
        AddImage("1", layer);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var progress = new ProgressRecorder { OnReport = report => { if (report.Completed > 1_000_000) { cancel.Cancel(); } } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Fixture.Images.PullAsync(Name, progress, cancel.Token));
        long kept = new FileInfo(Assert.Single(Directory.GetFiles(Fixture.Root.IngestDirectory))).Length;
        Assert.Empty(Directory.GetFileSystemEntries(Fixture.Root.LayersDirectory));
        Image image = await Fixture.Images.PullAsync(Name, cancellationToken: Token);

        Assert.True(kept > 1_000_000);
        Assert.Equal($"bytes={kept}-", Registry.Requests.Last(request => request.Path.Contains("/blobs/", StringComparison.Ordinal) && request.Range is not null).Range);
        Assert.Equal(4_000_000, ReadFile(image, "large").Length);
        Assert.Empty(Directory.GetFiles(Fixture.Root.IngestDirectory));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_beginning_that_was_damaged_is_fetched_again(bool tooLong)
    {
        byte[] layer = LargeLayer(1_000_000);
        AddImage("1", layer);
        byte[] blob = ImageFixture.Gzip(layer);
        byte[] damaged = tooLong ? [.. blob, .. blob] : blob[..500_000];
        damaged[1000] ^= 1;
        string path = Path.Combine(Fixture.Root.IngestDirectory, $"sha256-{Digest.Compute(blob).Hex}");
        await File.WriteAllBytesAsync(path, damaged, Token);

        Image image = await Fixture.Images.PullAsync(Name, cancellationToken: Token);

        Assert.Equal(1_000_000, ReadFile(image, "large").Length);
        Assert.Empty(Directory.GetFiles(Fixture.Root.IngestDirectory));
    }

    [Fact]
    public async Task A_beginning_that_is_complete_needs_no_request()
    {
        byte[] layer = LargeLayer(1_000_000);
        AddImage("1", layer);
        byte[] blob = ImageFixture.Gzip(layer);
        await File.WriteAllBytesAsync(Path.Combine(Fixture.Root.IngestDirectory, $"sha256-{Digest.Compute(blob).Hex}"), blob, Token);

        await Fixture.Images.PullAsync(Name, cancellationToken: Token);

        Assert.Equal(0, CountBlobRequests(layer));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(500_000)]
    [InlineData(-3)]
    public async Task A_corrupted_byte_is_told_as_such_and_leaves_nothing(int position)
    {
        byte[] layer = LargeLayer(1_000_000);
        AddImage("1", layer);
        byte[] blob = ImageFixture.Gzip(layer);
        string key = $"team/app@{Digest.Compute(blob)}";
        byte[] damaged = [.. blob];
        damaged[position < 0 ? damaged.Length + position : position] ^= 4;
        Registry.Blobs[key] = damaged;

        await Assert.ThrowsAsync<ContentMismatchException>(() => Fixture.Images.PullAsync(Name, cancellationToken: Token));
        Fixture.AssertEmpty();
        Registry.Blobs[key] = blob;
        await Fixture.Images.PullAsync(Name, cancellationToken: Token);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_pull_survives_passing_errors(int status)
    {
        AddImage("1", ImageFixture.Layer("a"), ImageFixture.Layer("b"));
        int count = 0;
        Registry.Fault = context =>
        {
            bool fails = Interlocked.Increment(ref count) % 2 == 1;
            context.Response.StatusCode = fails ? status : 200;
            return Task.FromResult(fails);
        };

        Image image = await Fixture.Images.PullAsync(Name, new ImagePullOptions { MaxParallelLayers = 1 }, Token);

        Assert.Equal("content", ReadFile(image, "b"));
    }

    [Fact]
    public async Task Two_engines_that_pull_at_once_fetch_each_layer_once()
    {
        byte[][] layers = [LargeLayer(500_000, 1), LargeLayer(500_000, 2), ImageFixture.Layer("small")];
        AddImage("1", layers);
        ImageCollection[] engines = [.. Enumerable.Range(0, 4).Select(_ => Fixture.Open())];

        Image[] images = await Task.WhenAll(engines.Select(engine => engine.PullAsync(Name, cancellationToken: Token)));

        Assert.Single(images.Select(image => image.Id).Distinct());
        Assert.All(layers, layer => Assert.Equal(1, CountBlobRequests(layer)));
        Assert.Single(await Fixture.Images.ListAsync(Token));
        Assert.DoesNotContain(Directory.GetFiles(Fixture.Root.LocksDirectory), path => Path.GetFileName(path).StartsWith("blob-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_layer_that_is_here_without_its_blob_or_the_other_way_round_is_completed()
    {
        byte[][] layers = [LargeLayer(100_000, 1), LargeLayer(100_000, 2)];
        AddImage("1", layers);
        Image image = await Fixture.Images.PullAsync(Name, cancellationToken: Token);
        File.Delete(Fixture.Root.BlobPath(Digest.Compute(ImageFixture.Gzip(layers[0]))));
        Directory.Delete(Fixture.Root.LayerPath(image.Layers[1]), recursive: true);
        var progress = new ProgressRecorder();

        Image again = await Fixture.Open().PullAsync(Name, progress, Token);

        Assert.Equal(100_000, ReadFile(again, "large").Length);
        Assert.Equal((2, 1), (CountBlobRequests(layers[0]), CountBlobRequests(layers[1])));
        Assert.True(File.Exists(Fixture.Root.BlobPath(Digest.Compute(ImageFixture.Gzip(layers[0])))));
        Assert.Contains(progress.Reports, report => report.Stage == ImageTransferStage.Unpacking);
    }

    [Fact]
    public async Task What_nobody_went_on_with_is_removed_at_last()
    {
        string old = Path.Combine(Fixture.Root.IngestDirectory, "sha256-" + new string('0', 64));
        string recent = Path.Combine(Fixture.Root.IngestDirectory, "sha256-" + new string('1', 64));
        await File.WriteAllTextAsync(old, "old", Token);
        await File.WriteAllTextAsync(recent, "recent", Token);
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-8));

        await Fixture.Images.RecoverAsync(Token);

        Assert.Equal([recent], Directory.GetFiles(Fixture.Root.IngestDirectory));
    }
}
