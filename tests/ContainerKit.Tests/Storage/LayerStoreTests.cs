using System.IO.Compression;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Unpacking;
using ContainerKit.TestSupport.Files;
using Xunit;

namespace ContainerKit.Tests.Storage;

public sealed class LayerStoreTests : IDisposable
{
    private readonly TemporaryDirectory _temp = new();
    private readonly DataRoot _root;
    private readonly IFileOwnership _ownership = Environment.IsPrivilegedProcess ? new DirectOwnership() : new SquashedOwnership();
    private readonly LayerStore _layers;

    public LayerStoreTests()
    {
        _root = DataRoot.Open(_temp["root"]);
        _layers = Open();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    private LayerStore Open(LayerLimits? limits = null) => new(_root, _ownership, TimeProvider.System, limits);

    private static byte[] Archive(string content = "content") => new TarBuilder().Directory("./", 0x16D).File("a", content).ToArray();

    private static MemoryStream Gzip(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }
        compressed.Position = 0;
        return compressed;
    }

    private void AssertNothingIsStaged()
    {
        Assert.Empty(Directory.GetFileSystemEntries(_root.TemporaryDirectory));
        Assert.Empty(Directory.GetFileSystemEntries(_root.LayersDirectory, ".*"));
        Assert.Empty(Directory.GetFileSystemEntries(_root.LocksDirectory));
    }

    [Fact]
    public async Task A_layer_is_kept_under_its_diff_id()
    {
        Digest diffId = Digest.Compute(Archive());
        LayerInfo info = await _layers.UnpackAsync(Gzip(Archive()), diffId, "layer", Token);
        Assert.Equal(new LayerInfo(diffId, Archive().Length, 7, 2), info);
        Assert.Equal(info, Open().GetInfo(diffId));
        Assert.Equal("content", File.ReadAllText(Path.Combine(_layers.GetPath(diffId), "a")));
        Assert.Equal([diffId], _layers.List());
        AssertNothingIsStaged();

        await _layers.RemoveAsync(diffId, Token);
        Assert.False(_layers.Contains(diffId));
        Assert.Empty(Directory.GetFileSystemEntries(_root.LayersDirectory));
        AssertNothingIsStaged();
    }

    [Fact]
    public async Task The_diff_id_counts_what_follows_the_archive()
    {
        byte[] archive = [.. Archive(), .. new byte[10240], .. "rubbish"u8];
        LayerInfo info = await _layers.UnpackAsync(Gzip(archive), null, "layer", Token);
        Assert.Equal(Digest.Compute(archive), info.DiffId);
        Assert.Equal(info, await _layers.UnpackAsync(new MemoryStream(archive), null, "layer", Token));
        AssertNothingIsStaged();
    }

    [Fact]
    public async Task Another_digest_is_refused_and_leaves_nothing()
    {
        Digest other = Digest.Compute("x"u8);
        ContentMismatchException error = await Assert.ThrowsAsync<ContentMismatchException>(
            () => _layers.UnpackAsync(new MemoryStream(Archive()), other, "layer 1 of x", Token));
        Assert.Equal(other.ToString(), error.Expected);
        Assert.False(_layers.Contains(other));
        Assert.Empty(Directory.GetFileSystemEntries(_root.LayersDirectory));
        AssertNothingIsStaged();
    }

    [Theory]
    [InlineData("28B52FFD0000", "zstd")]
    [InlineData("425A68393141", "bzip2")]
    [InlineData("FD377A585A00", "xz")]
    public async Task Damaged_data_of_other_codecs_is_refused_too(string magic, string codec)
    {
        InvalidContentException error = await Assert.ThrowsAsync<InvalidContentException>(
            () => _layers.UnpackAsync(new MemoryStream(Convert.FromHexString(magic)), null, "layer", Token));
        Assert.True(error.Message.Contains(codec, StringComparison.Ordinal) || error.Message.Contains("cut off", StringComparison.Ordinal), error.Message);
        AssertNothingIsStaged();
    }

    [Fact]
    public async Task Damaged_compression_is_refused()
    {
        byte[] whole = Gzip(Archive(new string('x', 100_000))).ToArray();
        byte[] damaged = [.. whole];
        damaged[whole.Length / 2] ^= 0xFF;
        foreach (byte[] bytes in (byte[][])[damaged, whole[..(whole.Length / 2)]])
        {
            await Assert.ThrowsAnyAsync<ContainerKitException>(() => _layers.UnpackAsync(new MemoryStream(bytes), Digest.Compute(Archive(new string('x', 100_000))), "layer", Token));
        }
        AssertNothingIsStaged();
    }

    [Fact]
    public async Task A_decompression_bomb_is_refused()
    {
        LayerStore layers = Open(new LayerLimits { ExpansionRatioThreshold = 1 << 20, MaxExpansionRatio = 100 });
        byte[] archive = Archive(new string('\0', 20 << 20));
        await Assert.ThrowsAsync<InvalidContentException>(() => layers.UnpackAsync(Gzip(archive), null, "layer", Token));
        layers = Open(new LayerLimits { MaxArchiveSize = 1 << 20 });
        await Assert.ThrowsAsync<InvalidContentException>(() => layers.UnpackAsync(new MemoryStream(archive), null, "layer", Token));
        AssertNothingIsStaged();
    }

    [Fact]
    public async Task Two_stores_unpack_a_layer_once()
    {
        byte[] archive = Archive(new string('x', 3_000_000));
        Digest diffId = Digest.Compute(archive);
        CountingStream[] sources = [.. Enumerable.Range(0, 6).Select(_ => new CountingStream(archive))];
        LayerInfo[] infos = await Task.WhenAll(sources.Select(source => Task.Run(() => Open().UnpackAsync(source, diffId, "layer", Token))));
        Assert.Single(infos.Distinct());
        Assert.Equal(archive.Length, sources.Sum(source => source.BytesRead));
        AssertNothingIsStaged();
    }

    [Fact]
    public async Task A_cancelled_unpack_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        var source = new CountingStream(Archive(new string('x', 3_000_000))) { OnRead = cancel.Cancel };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _layers.UnpackAsync(source, null, "layer", cancel.Token));
        AssertNothingIsStaged();
    }

    [Fact]
    public async Task What_a_dead_process_left_is_removed_and_what_a_living_one_stages_is_kept()
    {
        // As it is after a crash: files without anyone who holds the lock.
        File.WriteAllText(Path.Combine(_root.TemporaryDirectory, "dead.lock"), "");
        Directory.CreateDirectory(Path.Combine(_root.TemporaryDirectory, "dead/sub"));
        Directory.CreateDirectory(Path.Combine(_root.TemporaryDirectory, "unlocked/sub"));
        Directory.CreateDirectory(Path.Combine(_root.LayersDirectory, ".dead/etc"));
        using (RootedDirectory layers = RootedDirectory.Open(_root.LayersDirectory))
        {
            layers.SetMode(".dead"u8, 0);
        }
        LayerInfo info = await _layers.UnpackAsync(new MemoryStream(Archive()), null, "layer", Token);
        await using StagingArea living = StagingArea.Create(_root, _ownership);
        Directory.CreateDirectory(living.LayerPath);

        await StagingArea.RemoveAbandonedAsync(_root, _ownership, Token);
        Assert.True(Directory.Exists(living.Path));
        Assert.True(Directory.Exists(living.LayerPath));
        Assert.Equal(2, Directory.GetFileSystemEntries(_root.TemporaryDirectory).Length);
        Assert.Single(Directory.GetFileSystemEntries(_root.LayersDirectory, ".*"));
        Assert.True(_layers.Contains(info.DiffId));
    }

    [Fact]
    public async Task Blobs_are_verified_when_they_come_and_when_they_are_read()
    {
        var content = new ContentStore(_root);
        Digest digest = await content.PutAsync("document"u8.ToArray(), Token);
        Assert.Equal("document"u8.ToArray(), await content.ReadDocumentAsync(digest, Token));
        await Assert.ThrowsAsync<ContentMismatchException>(
            () => content.PutAsync(new MemoryStream([1]), "blob", digest, null, Token).AsTask());
        await Assert.ThrowsAsync<ContentMismatchException>(
            () => content.PutAsync(new MemoryStream([1, 2]), "blob", null, 1, Token).AsTask());
        await Assert.ThrowsAsync<NotFoundException>(() => content.ReadDocumentAsync(Digest.Compute([9]), Token).AsTask());
        File.WriteAllText(_root.BlobPath(digest), "damaged!");
        await Assert.ThrowsAsync<ContentMismatchException>(() => content.ReadDocumentAsync(digest, Token).AsTask());
        Assert.Equal([digest], content.List());
        AssertNothingIsStaged();
    }

    [Fact]
    public void The_data_root_is_open_to_its_owner_only()
    {
        using RootedDirectory root = RootedDirectory.Open(_root.Path);
        Assert.Equal(0x1C0u, root.GetStatus(default).Mode);
        Assert.Equal(0x1C0u, root.GetStatus("layers"u8).Mode);
        root.SetMode("layers"u8, 0x1FF);
        DataRoot.Open(_root.Path);
        Assert.Equal(0x1C0u, root.GetStatus("layers"u8).Mode);
        File.WriteAllText(Path.Combine(_root.Path, "oci-layout"), """{"imageLayoutVersion":"2.0.0"}""");
        Assert.Throws<InvalidContentException>(() => DataRoot.Open(_root.Path));
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Throws<UnsupportedException>(() => DataRoot.Open("/var/lib/containerkit-of-root"));
        }
    }

    private sealed class CountingStream(byte[] content) : MemoryStream(content)
    {
        public long BytesRead { get; private set; }

        public Action? OnRead { get; init; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            OnRead?.Invoke();
            int read = await base.ReadAsync(buffer, cancellationToken);
            BytesRead += read;
            return read;
        }
    }
}
