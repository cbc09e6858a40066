using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>Sizes, failures, and where Dockerfiles and contexts come from: what users of docker build rely on.</summary>
public sealed class BuildScenarioTests(BuildBed bed) : IClassFixture<BuildBed>
{
    private const int BigSize = 24 << 20;
    private const int SparseSize = 300 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_beyond_any_buffer_keep_every_byte()
    {
        (string, string)[] many = [.. Enumerable.Range(1, 600).Select(i => (string.Create(CultureInfo.InvariantCulture, $"many/d{i / 100}/f{i}"), $"{i}\n"))];
        string context = bed.Context(many);
        byte[] big = RandomNumberGenerator.GetBytes(BigSize);
        await File.WriteAllBytesAsync(Path.Combine(context, "big"), big, Token);
        await using (FileStream sparse = File.Create(Path.Combine(context, "sparse")))
        {
            sparse.Write("start"u8);
            sparse.Position = SparseSize;
            sparse.Write("the-end"u8);
        }
        const string file = """
            FROM busybox:local
            COPY big /big
            COPY many /many/
            COPY sparse /sparse
            RUN sha256sum /big | cut -c1-64 > /sums && find /many -type f | wc -l >> /sums
            RUN dd if=/dev/zero bs=1M count=20 2>/dev/null | tr '\0' 'A' > /made && sha256sum /made > /made.sum
            """;
        Image image = await bed.BuildAsync(context, file);
        string sum = Convert.ToHexStringLower(SHA256.HashData(big));
        Assert.Equal($"{sum}\n600", await bed.ShellAsync(image, "cat /sums"));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{sum}\n{SparseSize + 7}\nthe-end"), await bed.ShellAsync(image, "sha256sum /big | cut -c1-64; stat -c %s /sparse; tail -c 7 /sparse"));
        Assert.Equal("same", await bed.ShellAsync(image, "sha256sum /made | cmp - /made.sum && echo same"));
        File.SetLastWriteTimeUtc(Path.Combine(context, "big"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(image.Id, (await bed.BuildAsync(context, file)).Id);
        big[BigSize / 2] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(context, "big"), big, Token);
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(big)), await bed.ShellAsync(await bed.BuildAsync(context, file), "cat /sums"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RUN echo left; exit 1", 1)]
    [InlineData("RUN exit 255", 255)]
    [InlineData("RUN sh -c \"kill -9 \\$\\$\"; exit $?", 137)]
    [InlineData("RUN sh -c \"kill -TERM \\$\\$\"; exit $?", 143)]
    [InlineData("RUN no-such-command-here", 127)]
    [InlineData("RUN [\"/no/such/binary\"]", null)]
    [InlineData("RUN false | false", 1)]
    [InlineData("USER 77\nRUN touch /not-mine", 1)]
    [InlineData("WORKDIR /bin/busybox", null)]
    [InlineData("WORKDIR /bin/busybox/sub", null)]
    [InlineData("COPY f /bin/busybox/x", null)]
    public async Task A_step_that_fails_says_so_and_leaves_the_old_image(string instructions, int? exitCode)
    {
        if (instructions.StartsWith("USER", StringComparison.Ordinal))
        {
            bed.RequireUsers();
        }
        string context = bed.Context(("f", "f\n"));
        string tag = $"failing:{Guid.NewGuid():N}";
        Image old = await bed.BuildAsync(context, "FROM busybox:local\nCMD [\"echo\", \"old\"]\n", spec => spec.WithTag(tag));
        var record = new BuildRecord();
        BuildException failed = await Assert.ThrowsAsync<BuildException>(() => bed.BuildAsync(
            context, $"FROM busybox:local\n{instructions}\nRUN echo never-reached\n", spec => spec.WithTag(tag), record));
        Assert.Equal(exitCode, failed.ExitCode);
        Assert.DoesNotContain("never-reached", record.Output, StringComparison.Ordinal);
        Assert.Contains(record.Ended, step => step.State == BuildStepState.Failed);
        Assert.Equal(old.Id, (await bed.Engine.Images.GetAsync(tag, Token)).Id);
        Assert.Empty(await bed.Engine.Containers.ListAsync(Token));
    }

    [Fact]
    public async Task Dockerfiles_and_contexts_come_from_many_places()
    {
        string context = bed.Context(("Dockerfile", "FROM busybox:local\nRUN echo default > /which\n"), ("sub/Other.Dockerfile", "FROM busybox:local\nCOPY sub/data /data\nRUN echo sub > /which\n"), ("sub/data", "data\n"));
        async Task Is(string expected, BuildSpec spec) => Assert.Equal(expected, await bed.ShellAsync(await bed.Engine.Images.BuildAsync(spec, cancellationToken: Token), "cat /which"));
        BuildSpec directory = BuildSpec.FromDirectory(context);
        await Is("default", directory);
        await Is("sub", directory.WithDockerfile("sub/Other.Dockerfile"));
        await Is("sub", directory.WithDockerfile(Path.Combine(context, "sub/Other.Dockerfile")));
        await Is("text", BuildSpec.FromDockerfile("FROM busybox:local\nRUN echo text > /which\n"));
        await Is("data", directory.WithDockerfileText("FROM busybox:local\nCOPY sub/data /which\n"));
        string outside = Path.Combine(bed.Context(), "Outside");
        await File.WriteAllTextAsync(outside, "FROM busybox:local\nCOPY sub/data /which\n", Token);
        await Is("data", directory.WithDockerfile(outside));
        using var archive = new MemoryStream();
        await using (var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true))
        {
            await System.Formats.Tar.TarFile.CreateFromDirectoryAsync(context, gzip, includeBaseDirectory: false, Token);
        }
        archive.Position = 0;
        await Is("sub", BuildSpec.FromContext(BuildContext.FromTar(archive)).WithDockerfile("sub/Other.Dockerfile"));
        foreach (BuildSpec wrong in (BuildSpec[])[directory.WithDockerfile("nosuch"), directory.WithDockerfileText(""), directory.WithDockerfileText("# only a comment\n"), directory.WithDockerfile("dockerfile")])
        {
            await Assert.ThrowsAsync<BuildException>(() => bed.Engine.Images.BuildAsync(wrong, cancellationToken: Token));
        }
        Image twice = await bed.Engine.Images.BuildAsync(directory.WithTag("places:a").WithTag("places:b"), cancellationToken: Token);
        Assert.Equal(["places:a", "places:b"], twice.References.Select(reference => reference.FamiliarString).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_temporary_file_system_has_its_size_and_unpacking_is_chosen()
    {
        string context = bed.Context();
        using (var archive = new MemoryStream())
        {
            await using (var writer = new System.Formats.Tar.TarWriter(archive, System.Formats.Tar.TarEntryFormat.Pax, leaveOpen: true))
            {
                await writer.WriteEntryAsync(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "a/f") { DataStream = new MemoryStream(Encoding.ASCII.GetBytes("f\n")) }, Token);
            }
            await File.WriteAllBytesAsync(Path.Combine(context, "a.tar"), archive.ToArray(), Token);
        }
        const string file = """
            FROM busybox:local
            ADD --unpack=false a.tar /packed/
            ADD --unpack=true a.tar /unpacked/
            RUN --mount=type=tmpfs,target=/mem,size=65536 ! head -c 200000 /dev/zero > /mem/f 2>/dev/null
            RUN --mount=type=secret,id=nosuch,target=/sec ls -d /run/secrets /sec 2>/dev/null | wc -l > /none
            """;
        Assert.Equal("a.tar\nf\n0", await bed.ShellAsync(await bed.BuildAsync(context, file), "ls /packed; cat /unpacked/a/f; cat /none"));
    }
}
