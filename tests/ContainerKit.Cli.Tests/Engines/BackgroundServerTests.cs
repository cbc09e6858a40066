using System.Formats.Tar;
using System.Text;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Session;
using Xunit;

namespace ContainerKit.Cli.Tests.Engines;

/// <summary>Containers in the background: the server that a command starts, which the next ones find, and which ends by itself.</summary>
public sealed class BackgroundServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"ckit-{Guid.NewGuid():N}"[..14]);
    private readonly ProcessSignals _signals = new(listen: false);
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(Patience);
        Directory.CreateDirectory(_directory);
        string? busybox = ((string[])["/bin/busybox", "/usr/bin/busybox"]).FirstOrDefault(File.Exists);
        if (busybox is null)
            Assert.Skip("missing capability: a static busybox");
        await using var tar = new TarWriter(File.Create(Path.Combine(_directory, "root.tar")));
        foreach (string name in (string[])["bin", "tmp", "dev", "proc", "sys"])
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, name) { Mode = (UnixFileMode)0x1ed }, _patience.Token);
        await tar.WriteEntryAsync(busybox, "bin/busybox", _patience.Token);
    }

    public ValueTask DisposeAsync()
    {
        _signals.Dispose();
        _patience.Dispose();
        Directory.Delete(_directory, recursive: true);
        return default;
    }

    [Fact]
    public async Task Run_in_the_background_starts_a_server_that_ends_when_nothing_is_left_to_do()
    {
        Environment.SetEnvironmentVariable("CKIT_IDLE_TIMEOUT", "1s");
        await RunAsync(0, "import", Path.Combine(_directory, "root.tar"), "app:1");
        var server = new DataRootServer(Path.Combine(_directory, "data"));
        Assert.Equal("in\n", await RunAsync(3, "run", "--rm", "--network", "none", "app:1", "/bin/busybox", "sh", "-c", "echo in; exit 3"));
        Assert.False(server.MayRun);

        string id = (await RunAsync(0, "run", "-d", "--name", "one", "--network", "none", "app:1", "/bin/busybox", "sh", "-c", "echo up; exec /bin/busybox sleep 1000")).Trim();

        Assert.True(server.MayRun);
        Assert.Equal($"{id[..12]} one\n", await RunAsync(0, "ps", "--format", "{{.ID}} {{.Names}}"));
        Assert.Equal("here\n", await RunAsync(5, "exec", "one", "/bin/busybox", "sh", "-c", "echo here; exit 5"));
        Assert.Equal("true", (await RunAsync(0, "inspect", "-f", "{{.State.Running}}", "one")).Trim());
        await File.WriteAllTextAsync(Path.Combine(_directory, "file"), "content", _patience.Token);
        await RunAsync(0, "cp", Path.Combine(_directory, "file"), "one:/tmp/");
        await RunAsync(0, "cp", "one:/tmp/file", Path.Combine(_directory, "copy"));
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(_directory, "copy"), _patience.Token));
        Assert.Equal("one\n", await RunAsync(0, "rm", "-f", "one"));

        // The place is free again, and nothing is left there: the server has ended.
        IDisposable? claim;
        while ((claim = server.TryClaim()) is null)
            await Task.Delay(TimeSpan.FromMilliseconds(50), _patience.Token);
        claim.Dispose();
        Assert.False(File.Exists(server.Socket));
    }

    private async Task<string> RunAsync(int expected, params string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { AutoFlush = true };
        var console = new CommandConsole(writer, error, _signals) { OpenOutput = () => new StreamOver(output), OpenError = () => new MemoryStream() };
        int code = await Program.RunAsync(["--data-root", Path.Combine(_directory, "data"), .. arguments], console, _patience.Token);
        Assert.True(code == expected, $"{string.Join(' ', arguments)}: {code} {error}");
        return Encoding.UTF8.GetString(output.ToArray());
    }

    /// <summary>Closed by the command, read by the test.</summary>
    private sealed class StreamOver(MemoryStream inner) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            inner.Write(buffer.Span);
            return default;
        }
    }
}
