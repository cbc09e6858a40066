using System.Security.Cryptography;
using ContainerKit.Linux.Paths;
using ContainerKit.TestSupport.Files;
using Xunit;

namespace ContainerKit.Tests.Storage;

public sealed class SparseFileTests : IDisposable
{
    private readonly LayerUnpackingFixture _layer = new();
    private readonly TemporaryDirectory _temp = new();

    public void Dispose()
    {
        _layer.Dispose();
        _temp.Dispose();
    }

    [Theory]
    [InlineData("--format=gnu")]
    [InlineData("--format=posix --sparse-version=0.0")]
    [InlineData("--format=posix --sparse-version=0.1")]
    [InlineData("--format=posix --sparse-version=1.0")]
    public async Task Sparse_files_of_GNU_tar_keep_content_and_holes(string format)
    {
        if (!File.Exists("/usr/bin/tar") && !File.Exists("/bin/tar"))
        {
            Assert.Skip("missing capability: tar");
        }
        using (var file = new FileStream(_temp["sparse"], FileMode.Create))
        {
            for (int i = 0; i < 60; i++)
            {
                file.Position = i * 1_000_000L;
                file.Write(RandomNumberGenerator.GetBytes(5000));
            }
            file.SetLength(80_000_000);
        }
        using (var file = new FileStream(_temp["empty"], FileMode.Create))
        {
            file.SetLength(10_000_000);
        }
        File.WriteAllText(_temp["after"], "after");
        TemporaryDirectory.Run("tar", ["-C", _temp.Path, "-S", .. format.Split(' '), "-cf", _temp["archive.tar"], "sparse", "empty", "after"]);

        await _layer.UnpackAsync(await File.ReadAllBytesAsync(_temp["archive.tar"], TestContext.Current.CancellationToken));
        Assert.Equal(await HashAsync(_temp["sparse"]), await HashAsync(_layer["sparse"]));
        Assert.Equal(await HashAsync(_temp["empty"]), await HashAsync(_layer["empty"]));
        Assert.Equal("after", File.ReadAllText(_layer["after"]));
        FileStatus status = _layer.Status("sparse")!.Value;
        Assert.True(status.AllocatedSize < status.Size / 20);
    }

    [Fact]
    public async Task Zeros_of_an_archive_become_holes()
    {
        byte[] content = new byte[3_000_000];
        RandomNumberGenerator.Fill(content.AsSpan(1_000_001, 7));
        byte[] scattered = new byte[1_000_000];
        for (int i = 0; i < scattered.Length; i += 4000)
        {
            scattered[i] = 1;
        }
        await _layer.UnpackAsync(new TarBuilder()
            .Entry('0', "middle", content: content)
            .Entry('0', "zeros", content: new byte[500_000])
            .Entry('0', "begin", content: [1, .. new byte[499_999]])
            .Entry('0', "end", content: [.. new byte[499_999], 1])
            .Entry('0', "scattered", content: scattered)
            .Entry('0', "small", content: new byte[10]));

        Assert.Equal(content, File.ReadAllBytes(_layer["middle"]));
        Assert.Equal(new byte[500_000], File.ReadAllBytes(_layer["zeros"]));
        Assert.Equal([1, .. new byte[499_999]], File.ReadAllBytes(_layer["begin"]));
        Assert.Equal([.. new byte[499_999], 1], File.ReadAllBytes(_layer["end"]));
        Assert.Equal(scattered, File.ReadAllBytes(_layer["scattered"]));
        Assert.Equal(new byte[10], File.ReadAllBytes(_layer["small"]));
        foreach (string name in (string[])["middle", "zeros", "begin", "end"])
        {
            FileStatus status = _layer.Status(name)!.Value;
            Assert.True(status.AllocatedSize < status.Size / 4, name);
        }
    }

    [Theory]
    [InlineData("0,600")]
    [InlineData("5,3,0,3")]
    [InlineData("0,-1")]
    [InlineData("9223372036854775807,512")]
    [InlineData("0,512,100")]
    [InlineData("x")]
    public Task A_map_that_does_not_fit_is_refused(string map)
        => Assert.ThrowsAsync<InvalidContentException>(() => _layer.UnpackAsync(new TarBuilder()
            .Pax(("GNU.sparse.map", map), ("GNU.sparse.size", "550"), ("GNU.sparse.name", "x"))
            .Entry('0', "y", content: new byte[512])));

    [Theory]
    [InlineData("1\n0\n512")]
    [InlineData("2\n0\n5\n")]
    [InlineData("99999999999\n")]
    [InlineData("-1\n")]
    [InlineData("123456789012345678901234567890\n")]
    public Task A_map_in_the_data_that_does_not_fit_is_refused(string map)
        => Assert.ThrowsAsync<InvalidContentException>(() => _layer.UnpackAsync(new TarBuilder()
            .Pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "100000"), ("GNU.sparse.name", "x"))
            .Entry('0', "y", content: [.. TarBuilder.Bytes(map.PadRight(512, '\0')), .. new byte[512]])));

    [Fact]
    public async Task A_map_may_reach_up_to_the_limit_only()
    {
        var archive = new TarBuilder().Pax(("GNU.sparse.map", ""), ("GNU.sparse.size", "9223372036854775807")).Entry('0', "y");
        await Assert.ThrowsAsync<InvalidContentException>(() => _layer.UnpackAsync(archive));
    }

    private static async Task<string> HashAsync(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexString(await SHA256.HashDataAsync(file));
    }
}
