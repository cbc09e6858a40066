using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>Dockerfiles and contexts of somebody who means harm: they end with an error or a result, and touch nothing outside.</summary>
public sealed class BuildHostileTests(BuildBed bed) : IClassFixture<BuildBed>
{
    private const int BombSize = 320 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ADD bomb.gz /b/")]
    [InlineData("COPY bomb.gz /copied\nADD bomb.gz /b/")]
    public async Task An_archive_that_expands_beyond_all_measure_is_refused(string instructions)
    {
        string context = bed.Context();
        await WriteBombAsync(Path.Combine(context, "bomb.gz"));
        BuildException refused = await bed.FailAsync(context, $"FROM busybox:local\n{instructions}\n");
        Assert.IsType<InvalidContentException>(refused.InnerException);
    }

    [Fact]
    public async Task A_context_that_expands_beyond_all_measure_is_refused()
    {
        string path = Path.Combine(bed.Context(), "bomb.gz");
        await WriteBombAsync(path);
        await using FileStream archive = File.OpenRead(path);
        await Assert.ThrowsAsync<InvalidContentException>(() => bed.Engine.Images.BuildAsync(
            BuildSpec.FromContext(BuildContext.FromTar(archive)).WithDockerfileText("FROM busybox:local\nCOPY . /x/\n"), cancellationToken: Token));
    }

    [Theory]
    [InlineData("../outside", null)]
    [InlineData("/etc/outside-of-the-build", null)]
    [InlineData("link/below", "..")]
    [InlineData("link/below", "/tmp")]
    public async Task A_context_that_leads_outside_stays_inside(string name, string? link)
    {
        using var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "f") { DataStream = new MemoryStream("f\n"u8.ToArray()) }, Token);
            if (link is not null)
            {
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = link }, Token);
            }
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream("escaped\n"u8.ToArray()) }, Token);
        }
        archive.Position = 0;
        try
        {
            await bed.Engine.Images.BuildAsync(BuildSpec.FromContext(BuildContext.FromTar(archive)).WithDockerfileText("FROM busybox:local\nCOPY f /f\n"), cancellationToken: Token);
        }
        catch (ContainerKitException)
        {
            // Refusing it is as good.
        }
        Assert.False(File.Exists("/etc/outside-of-the-build"));
        Assert.False(File.Exists("/tmp/below"));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(bed.Directory, "data", "tmp"), "outside", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_dockerfile_of_a_million_lines_ends()
    {
        var text = new StringBuilder("FROM busybox:local\n");
        for (int i = 0; i < 1_000_000; i++)
        {
            text.Append("# nothing\n");
        }
        string comments = text.Append("ENV END=1\n").ToString();
        Image image = await bed.BuildAsync(bed.Context(), comments);
        Assert.Contains("END=1", image.Configuration.Config.Env);
        BuildException refused = await bed.FailAsync(bed.Context(), "FROM busybox:local\nRUN true " + string.Concat(Enumerable.Repeat("\\\n x", 1_000_000)) + "\n");
        Assert.Contains("Dockerfile", refused.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_of_an_image_does_not_lead_a_copy_out_of_it()
    {
        string name = "ck-escape-" + Guid.NewGuid().ToString("N");
        string context = bed.Context((name, "x\n"));
        Image image = await bed.BuildAsync(context, $"FROM busybox:local\nRUN ln -s /../../../../tmp /out && ln -s ../../../../../../tmp /up\nCOPY {name} /out/\nCOPY {name} /up/second-{name}\nWORKDIR /up/{name}-dir\n");
        Assert.Equal($"{name}\n{name}-dir\nsecond-{name}", await bed.ShellAsync(image, "ls /tmp"));
        Assert.False(File.Exists("/tmp/" + name));
        Assert.False(Directory.Exists($"/tmp/{name}-dir"));
    }

    [Fact]
    public async Task A_file_that_is_no_file_is_not_read()
    {
        string context = bed.Context(("d/f", "f\n"));
        using (Process made = Process.Start("mkfifo", Path.Combine(context, "d/pipe")))
        {
            await made.WaitForExitAsync(Token);
        }
        Image image = await bed.BuildAsync(context, "FROM busybox:local\nCOPY d /d/\nADD d/pipe /pipe\n");
        Assert.Equal("fifo\nfifo", await bed.ShellAsync(image, "stat -c %F /d/pipe /pipe"));
    }

    /// <summary>Far more than it was compressed: nothing, as an archive of one file.</summary>
    private static async Task WriteBombAsync(string path)
    {
        await using FileStream file = File.Create(path);
        await using var gzip = new GZipStream(file, CompressionLevel.Optimal);
        byte[] header = new byte[512];
        Encoding.ASCII.GetBytes("bomb").CopyTo(header, 0);
        Encoding.ASCII.GetBytes("0000644\0").CopyTo(header, 100);
        Encoding.ASCII.GetBytes("0000000\0").CopyTo(header, 108);
        Encoding.ASCII.GetBytes("0000000\0").CopyTo(header, 116);
        Encoding.ASCII.GetBytes(Convert.ToString(BombSize, 8).PadLeft(11, '0') + "\0").CopyTo(header, 124);
        Encoding.ASCII.GetBytes("00000000000\0").CopyTo(header, 136);
        header[156] = (byte)'0';
        Encoding.ASCII.GetBytes("ustar\u000000").CopyTo(header, 257);
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        await gzip.WriteAsync(header, Token);
        byte[] zeros = new byte[1 << 20];
        for (int i = 0; i < BombSize / zeros.Length; i++)
        {
            await gzip.WriteAsync(zeros, Token);
        }
        await gzip.WriteAsync(new byte[1024], Token);
    }
}
