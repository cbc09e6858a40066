using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>ADD of what a server has.</summary>
public sealed class BuildDownloadTests(BuildBed bed) : IClassFixture<BuildBed>
{
    [Fact]
    public async Task A_download_is_asked_for_by_its_tag_and_only_a_change_misses_the_cache()
    {
        string content = "one";
        await using var server = new LoopbackFiles(request =>
        {
            string tag = $"\"{content}\"";
            return request.Headers.GetValueOrDefault("If-None-Match") == tag
                ? new LoopbackFiles.Answer(304, [], ("ETag", tag))
                : new LoopbackFiles.Answer(200, Encoding.UTF8.GetBytes(content), ("ETag", tag), ("Last-Modified", "Fri, 14 Jul 2017 02:40:00 GMT"));
        });
        string file = $"FROM busybox:local\nADD {server.Url}data.txt /got/\nRUN cat /got/data.txt > /copy\n";
        Image first = await bed.BuildAsync(bed.Context(), file);
        Assert.Equal("one\n600 0:0 1500000000", await bed.ShellAsync(first, "cat /copy; echo; stat -c '%a %u:%g %Y' /got/data.txt"));
        var again = new BuildRecord();
        Assert.Equal(first.Id, (await bed.BuildAsync(bed.Context(), file, record: again)).Id);
        Assert.Empty(again.Done);
        content = "two";
        Assert.Equal("two", await bed.ShellAsync(await bed.BuildAsync(bed.Context(), file), "cat /copy"));
        Assert.Equal([200, 304, 200], server.Served.Select(served => served.Status));

        // Whoever doesn't want the cache gets what the server has.
        await bed.BuildAsync(bed.Context(), file, spec => spec.WithoutCache());
        Assert.Equal(200, server.Served.Last().Status);
    }

    [Fact]
    public async Task A_download_with_a_checksum_is_checked_and_fetched_once()
    {
        byte[] content = Encoding.UTF8.GetBytes("pinned " + Guid.NewGuid());
        await using var server = new LoopbackFiles(_ => new LoopbackFiles.Answer(200, content));
        string right = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));
        string wrong = "sha256:" + new string('0', 64);
        BuildException refused = await bed.FailAsync(bed.Context(), $"FROM busybox:local\nADD --checksum={wrong} {server.Url}f /f\n");
        Assert.IsType<ContentMismatchException>(refused.InnerException);
        string file = $"FROM busybox:local\nADD --checksum={right} {server.Url}f /f\n";
        Image first = await bed.BuildAsync(bed.Context(), file);
        Assert.Equal(Encoding.UTF8.GetString(content), await bed.ShellAsync(first, "cat /f"));
        Assert.Equal(first.Id, (await bed.BuildAsync(bed.Context(), file)).Id);
        Assert.Equal(2, server.Served.Count);
        await bed.FailAsync(bed.Context(), $"FROM busybox:local\nADD --checksum=md5:12 {server.Url}f /f\n");
        await bed.FailAsync(bed.Context(("f", "x")), $"FROM busybox:local\nADD --checksum={right} f /f\n");
        await bed.FailAsync(bed.Context(), $"FROM busybox:local\nADD --keep-git-dir {server.Url}f /f\n");
    }

    [Fact]
    public async Task Ways_to_another_place_are_followed_within_limits()
    {
        await using var server = new LoopbackFiles(request => request.Path switch
        {
            "/start" => new LoopbackFiles.Answer(302, [], ("Location", "/middle")),
            "/middle" => new LoopbackFiles.Answer(307, [], ("Location", "end?a=b")),
            "/end?a=b" => new LoopbackFiles.Answer(200, "arrived"u8.ToArray()),
            "/loop" => new LoopbackFiles.Answer(301, [], ("Location", "/loop")),
            "/file" => new LoopbackFiles.Answer(302, [], ("Location", "file:///etc/hostname")),
            _ => new LoopbackFiles.Answer(404, []),
        });
        Image image = await bed.BuildAsync(bed.Context(), $"FROM busybox:local\nADD {server.Url}start /to/\n");
        Assert.Equal("arrived", await bed.ShellAsync(image, "cat /to/start"));
        foreach (string path in (string[])["loop", "file", "nothing"])
        {
            await bed.FailAsync(bed.Context(), $"FROM busybox:local\nADD {server.Url}{path} /to/\n");
        }
        Assert.Contains("404", (await bed.FailAsync(bed.Context(), $"FROM busybox:local\nADD {server.Url}nothing /to/\n")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_download_that_is_too_large_is_refused(bool hidesLength)
    {
        await using var server = new LoopbackFiles(_ => new LoopbackFiles.Answer(200, new byte[300_000]) { HidesLength = hidesLength });
        string file = $"FROM busybox:local\nADD {server.Url}large /f\n";
        Assert.Contains("DownloadLimit", (await bed.FailAsync(bed.Context(), file, spec => spec with { DownloadLimit = ByteSize.KiB(100) })).Message, StringComparison.Ordinal);
        Assert.Equal("300000", await bed.ShellAsync(await bed.BuildAsync(bed.Context(), file), "stat -c %s /f"));
    }

    [Fact]
    public async Task What_was_downloaded_goes_with_the_cache()
    {
        await using var server = new LoopbackFiles(_ => new LoopbackFiles.Answer(200, new byte[100_000], ("ETag", "\"e\"")));
        await bed.BuildAsync(bed.Context(), $"FROM busybox:local\nADD {server.Url}f /f\n");
        string downloads = Path.Combine(bed.Directory, "data", "build-cache", "downloads");
        Assert.NotEmpty(Directory.EnumerateFiles(downloads));
        await bed.Engine.PruneBuildCacheAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty(Directory.EnumerateFiles(downloads));
    }
}
