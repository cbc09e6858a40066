using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using ContainerKit.Cli.Contexts;
using ContainerKit.Cli.Session;
using Xunit;

namespace ContainerKit.Cli.Tests.Contexts;

/// <summary>Contexts as files, in a directory of contexts of their own.</summary>
public sealed class ContextArchiveTests : IDisposable
{
    private const string Meta = """{"Name":"other","Metadata":{"Description":"a b","StackOrchestrator":"x"},"Endpoints":{"docker":{"Host":"tcp://192.0.2.1:2376","SkipTLSVerify":true}}}""";

    private readonly string _directory = Directory.CreateTempSubdirectory("ckit-context-").FullName;
    private readonly ProcessSignals _signals = new(listen: false);

    // No other test has contexts: there are none here as well until one is made, and none is used.
    public ContextArchiveTests() => Environment.SetEnvironmentVariable("CKIT_CONFIG", Path.Combine(_directory, "config"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private ContextStore Store => new(Path.Combine(_directory, "config"));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("CKIT_CONFIG", null);
        _signals.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task What_is_exported_can_be_imported_under_another_name()
    {
        foreach (string file in (string[])["ca", "cert", "key"])
            await File.WriteAllTextAsync(Path.Combine(_directory, file), $"secret {file}", Cancelled);
        await RunAsync(0, null, "create", "one", "--description", "a b", "--docker", $"host=tcp://192.0.2.1:2376,ca={_directory}/ca,cert={_directory}/cert,key={_directory}/key");
        string file1 = Path.Combine(_directory, "one.tar");

        Assert.Contains($"Written file \"{file1}\"", (await RunAsync(0, null, "export", "one", file1)).Error, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file1));
        Assert.Contains("exists", (await RunAsync(1, null, "export", "one", file1)).Error, StringComparison.Ordinal);
        Assert.Equal("two\n", (await RunAsync(0, null, "import", "two", file1)).Output);
        Assert.Equal("three\n", (await RunAsync(0, await File.ReadAllBytesAsync(file1, Cancelled), "import", "three", "-")).Output);

        foreach (string name in (string[])["two", "three"])
        {
            EngineContext context = Store.Get(name);
            Assert.Equal((name, "a b", "tcp://192.0.2.1:2376", false), (context.Name, context.Description, context.Host, context.SkipTlsVerify));
            Assert.Equal("secret ca", await File.ReadAllTextAsync(context.Tls!.Authority!, Cancelled));
            Assert.Equal("secret cert", await File.ReadAllTextAsync(context.Tls.Certificate!, Cancelled));
            Assert.Equal("secret key", await File.ReadAllTextAsync(context.Tls.Key!, Cancelled));
        }

        Assert.Contains("already exists", (await RunAsync(1, null, "import", "two", file1)).Error, StringComparison.Ordinal);
        Assert.Contains("invalid", (await RunAsync(1, null, "import", "../two", file1)).Error, StringComparison.Ordinal);
        Assert.Contains("invalid", (await RunAsync(1, null, "import", "default", file1)).Error, StringComparison.Ordinal);
        Assert.Contains("does not exist", (await RunAsync(1, null, "export", "none", Path.Combine(_directory, "none"))).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_directory, "none")));
    }

    [Fact]
    public async Task Archive_without_an_end_is_read_as_docker_leaves_it()
    {
        byte[] archive = await PackAsync(("meta.json", Meta), ("tls", null), ("tls/docker", null), ("tls/docker/ca.pem", "authority"));
        int end = archive.AsSpan().IndexOf("authority"u8) + "authority".Length;

        (EngineContext context, IReadOnlyDictionary<string, byte[]> material) = await ContextArchive.ReadAsync(new MemoryStream(archive, 0, end), "mine", Cancelled);

        Assert.Equal(new EngineContext("mine", "a b", "tcp://192.0.2.1:2376", true), context);
        Assert.Equal("authority", Encoding.UTF8.GetString(Assert.Single(material).Value));
    }

    [Theory]
    [InlineData("../meta.json")]
    [InlineData("/meta.json")]
    [InlineData("./tls/docker/ca.pem")]
    [InlineData("tls/docker/../../../../etc/passwd")]
    [InlineData("tls/docker/other.pem")]
    [InlineData("tls/../docker/ca.pem")]
    [InlineData("tls/kubernetes/ca.pem")]
    [InlineData("tls\\docker\\ca.pem")]
    [InlineData("meta.json")]
    public async Task File_that_belongs_to_no_context_is_refused(string name)
        => Assert.Contains("unexpected context file", await RefuseAsync(await PackAsync(("meta.json", Meta), (name, "x"))), StringComparison.Ordinal);

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Fifo)]
    public async Task Link_or_device_is_refused(TarEntryType type)
    {
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            var entry = new PaxTarEntry(type, "tls/docker/key.pem");
            if (type is not TarEntryType.Fifo)
                entry.LinkName = "/etc/shadow";
            await tar.WriteEntryAsync(entry, Cancelled);
        }

        Assert.Contains("unexpected context file", await RefuseAsync(archive.ToArray()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("[]", "no object")]
    [InlineData("{}", "no docker endpoint")]
    [InlineData("""{"Endpoints":[]}""", "no docker endpoint")]
    [InlineData("""{"Endpoints":{"docker":{"Host":5}}}""", "no docker endpoint")]
    [InlineData("""{"Endpoints":{},"Endpoints":{}}""", "not valid JSON")]
    public async Task Description_that_says_nothing_of_an_engine_is_refused(string meta, string message)
        => Assert.Contains(message, await RefuseAsync(await PackAsync(("meta.json", meta))), StringComparison.Ordinal);

    [Fact]
    public async Task What_is_no_archive_or_has_no_end_is_refused()
    {
        Assert.Contains("no metadata", await RefuseAsync([]), StringComparison.Ordinal);
        Assert.Contains("no tar archive", await RefuseAsync([.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7 + 1))]), StringComparison.Ordinal);
        byte[] archive = await PackAsync(("meta.json", Meta), ("tls/docker/ca.pem", new string('x', 5000)));
        Assert.Contains("no tar archive", await RefuseAsync(archive[..3000]), StringComparison.Ordinal);
        Assert.Contains("larger than 10 MiB", await RefuseAsync(new byte[(10 << 20) + 1]), StringComparison.Ordinal);
        Assert.Contains("is no address", (await RunAsync(1, await PackAsync(("meta.json", Meta.Replace("tcp:", "gopher:", StringComparison.Ordinal))), "import", "x", "-")).Error, StringComparison.Ordinal);
        Assert.Empty(Store.List());
    }

    [Fact]
    public async Task Half_an_import_is_no_context_and_leaves_nothing_to_the_next_one()
    {
        byte[] archive = await PackAsync(("meta.json", Meta), ("tls/docker/ca.pem", "authority"), ("tls/docker/key.pem", "secret"));

        // Where the description can't be written: all else was.
        string meta = Path.Combine(_directory, "config", "meta");
        Directory.CreateDirectory(Path.GetDirectoryName(meta)!);
        await File.WriteAllTextAsync(meta, "", Cancelled);
        await RunAsync(1, archive, "import", "half", "-");
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(_directory, "config", "tls"), "*.pem", SearchOption.AllDirectories));
        Assert.Null(Store.Find("half"));
        Assert.Empty(Store.List());
        Assert.Contains("does not exist", (await RunAsync(1, null, "use", "half")).Error, StringComparison.Ordinal);

        File.Delete(meta);
        await RunAsync(0, null, "create", "half", "--docker", "host=tcp://192.0.2.1:2375");
        Assert.Null(Store.Get("half").Tls);
    }

    [Fact]
    public async Task Import_that_is_killed_leaves_all_of_a_context_or_none()
    {
        string file = Path.Combine(_directory, "archive");
        await File.WriteAllBytesAsync(file, await PackAsync(("meta.json", Meta), ("tls/docker/ca.pem", "authority"), ("tls/docker/cert.pem", "certificate"), ("tls/docker/key.pem", "secret")), Cancelled);
        const int rounds = 5;
        for (int round = 0; round < rounds; round++)
        {
            using Process import = Process.Start(new ProcessStartInfo("dotnet", [typeof(ContextStore).Assembly.Location, "context", "import", "killed", file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            while (!import.HasExited && !Directory.Exists(Path.Combine(_directory, "config", "tls")))
                await Task.Yield();
            import.Kill();
            await import.WaitForExitAsync(Cancelled);

            if (Store.Find("killed") is { } whole)
            {
                Assert.Equal("authority", await File.ReadAllTextAsync(whole.Tls!.Authority!, Cancelled));
                Assert.Equal("certificate", await File.ReadAllTextAsync(whole.Tls.Certificate!, Cancelled));
                Assert.Equal("secret", await File.ReadAllTextAsync(whole.Tls.Key!, Cancelled));
            }
            else
            {
                Assert.Empty(Store.List());
                await RunAsync(0, null, "import", "killed", file);
            }

            Assert.Single(Store.List());
            await RunAsync(0, null, "rm", "killed");
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_directory, "config", "tls")));
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_directory, "config", "meta")));
            Directory.Delete(Path.Combine(_directory, "config"), recursive: true);
        }
    }

    [Fact]
    public async Task Imports_of_one_name_at_once_make_one_context_of_one_of_them()
    {
        const int count = 8;
        byte[][] archives = await Task.WhenAll(Enumerable.Range(0, count).Select(i => PackAsync(
            ("meta.json", Meta.Replace("192.0.2.1", $"192.0.2.{i}", StringComparison.Ordinal)), ("tls/docker/ca.pem", $"authority {i}"), ("tls/docker/key.pem", $"key {i}"))));
        string[] outcomes = await Task.WhenAll(archives.Select(async archive =>
        {
            (EngineContext context, IReadOnlyDictionary<string, byte[]> material) = await ContextArchive.ReadAsync(new MemoryStream(archive), "one", Cancelled);
            return await Task.Run(() =>
            {
                try
                {
                    Store.Create(context, material);
                    return "made";
                }
                catch (IOException e)
                {
                    return e.Message;
                }
            });
        }));

        Assert.Single(outcomes, outcome => outcome == "made");
        Assert.All(outcomes, outcome => Assert.True(outcome == "made" || outcome.Contains("already exists", StringComparison.Ordinal), outcome));
        EngineContext made = Assert.Single(Store.List());
        string number = made.Host["tcp://192.0.2.".Length..^":2376".Length];
        Assert.Equal(($"authority {number}", $"key {number}"), (await File.ReadAllTextAsync(made.Tls!.Authority!, Cancelled), await File.ReadAllTextAsync(made.Tls.Key!, Cancelled)));
    }

    private static async Task<string> RefuseAsync(byte[] archive)
        => (await Assert.ThrowsAnyAsync<IOException>(() => ContextArchive.ReadAsync(new MemoryStream(archive), "x", Cancelled))).Message;

    /// <summary>An archive of files, and of directories where there is no content.</summary>
    private static async Task<byte[]> PackAsync(params (string Name, string? Content)[] entries)
    {
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach ((string name, string? content) in entries)
            {
                using MemoryStream? data = content is null ? null : new MemoryStream(Encoding.UTF8.GetBytes(content));
                var entry = new UstarTarEntry(content is null ? TarEntryType.Directory : TarEntryType.RegularFile, name);
                if (data is not null)
                    entry.DataStream = data;
                await tar.WriteEntryAsync(entry, Cancelled);
            }
        }

        return archive.ToArray();
    }

    private async Task<(string Output, string Error)> RunAsync(int expected, byte[]? input, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await Program.RunAsync(["context", .. arguments], new CommandConsole(output, error, _signals) { OpenInput = () => new MemoryStream(input ?? []) }, Cancelled);
        Assert.True(code == expected, $"{string.Join(' ', arguments)}: {code} {output}{error}");
        return (output.ToString(), error.ToString());
    }
}
