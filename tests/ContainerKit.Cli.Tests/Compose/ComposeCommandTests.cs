using System.Formats.Tar;
using System.Text;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Session;
using Xunit;

namespace ContainerKit.Cli.Tests.Compose;

/// <summary><c>ckit compose</c>, command by command, on a file in a directory as people have it.</summary>
public sealed class ComposeCommandTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"ckit-{Guid.NewGuid():N}"[..14]);
    private readonly ProcessSignals _signals = new(listen: false);
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private string File => Path.Combine(_directory, "shop", "compose.yaml");

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(Patience);
        Environment.SetEnvironmentVariable("CKIT_IDLE_TIMEOUT", "1s");
        Directory.CreateDirectory(Path.Combine(_directory, "shop"));
        string? busybox = ((string[])["/bin/busybox", "/usr/bin/busybox"]).FirstOrDefault(System.IO.File.Exists);
        if (busybox is null)
            Assert.Skip("missing capability: a static busybox");
        string archive = Path.Combine(_directory, "root.tar");
        await using (var tar = new TarWriter(System.IO.File.Create(archive)))
        {
            foreach (string name in (string[])["bin", "tmp", "dev", "proc", "sys"])
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, name) { Mode = (UnixFileMode)0x1ed }, _patience.Token);
            await tar.WriteEntryAsync(busybox, "bin/busybox", _patience.Token);
        }

        await RunAsync(0, "import", archive, "app:1");
    }

    public async ValueTask DisposeAsync()
    {
        // What a test that failed has left; and whoever looks after the containers in the background ends with the last of them.
        if (System.IO.File.Exists(File))
            await ComposeAsync(null, "down", "-t", "0");
        var server = new DataRootServer(Path.Combine(_directory, "data"));
        IDisposable? claim;
        while ((claim = server.TryClaim()) is null)
            await Task.Delay(TimeSpan.FromMilliseconds(50), _patience.Token);
        claim.Dispose();
        _signals.Dispose();
        _patience.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Project_goes_up_is_shown_and_goes_down()
    {
        await WriteAsync("one");
        Result up = await ComposeAsync(0, "up", "-d");
        Assert.Contains("Container shop-web-1 Started", up.Error, StringComparison.Ordinal);
        Assert.Equal("shop-web-1 web running\n", (await ComposeAsync(0, "ps", "--format", "{{.Name}} {{.Service}} {{.State}}")).Output);
        await WaitForLogAsync("says one");
        Assert.Equal("web-1 | says one\n", Squeeze((await ComposeAsync(0, "logs", "web")).Output));
        Assert.Equal("one\n", (await ComposeAsync(4, "exec", "-T", "web", "/bin/busybox", "sh", "-c", "echo $SAYS; exit 4")).Output);
        Assert.Contains("shop", (await RunAsync(0, "compose", "ls", "--format", "{{.Name}}")).Output, StringComparison.Ordinal);

        // The same again: nothing is done. Another file: another container, of the same name.
        string id = (await ComposeAsync(0, "ps", "-q")).Output;
        Assert.DoesNotContain("Recreated", (await ComposeAsync(0, "up", "-d")).Error, StringComparison.Ordinal);
        Assert.Equal(id, (await ComposeAsync(0, "ps", "-q")).Output);
        await WriteAsync("two");
        Assert.Contains("Container shop-web-1 Recreated", (await ComposeAsync(0, "up", "-d", "-t", "0")).Error, StringComparison.Ordinal);
        await WaitForLogAsync("says two");

        await ComposeAsync(0, "stop", "-t", "0");
        Assert.Equal("", (await ComposeAsync(0, "ps", "-q")).Output);
        Assert.Equal("exited\n", (await ComposeAsync(0, "ps", "-a", "--format", "{{.State}}")).Output);
        await ComposeAsync(0, "down", "-t", "0");
        Assert.Equal("", (await ComposeAsync(0, "ps", "-aq")).Output);
    }

    [Fact]
    public async Task What_is_wrong_in_the_file_is_named_with_its_line()
    {
        await System.IO.File.WriteAllTextAsync(File, "services:\n  web:\n    image: app:1\n    comand: x\n", _patience.Token);
        Result result = await ComposeAsync(null, "up", "-d");

        Assert.NotEqual(0, result.Code);
        Assert.Contains("compose.yaml", result.Error, StringComparison.Ordinal);
        Assert.Contains("comand", result.Error, StringComparison.Ordinal);
        Assert.Contains("4", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-d")]
    [InlineData("--wait")]
    public async Task In_the_background_ordinary_users_have_no_networks_and_are_told_so_before_anything_is_made(string flag)
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "missing capability: an ordinary user");
        await System.IO.File.WriteAllTextAsync(File, "services:\n  web:\n    image: app:1\n    command: [/bin/busybox, sleep, '1000']\n  quiet: { image: app:1, network_mode: none }\n", _patience.Token);

        Result up = await ComposeAsync(1, "up", flag);

        Assert.Contains("can't go on in the background: web.", up.Error, StringComparison.Ordinal);
        Assert.Contains("without -d", up.Error, StringComparison.Ordinal);
        Assert.Contains("network_mode: none", up.Error, StringComparison.Ordinal);
        Assert.Equal("", (await ComposeAsync(0, "ps", "-aq")).Output);
        Assert.DoesNotContain("shop", (await RunAsync(0, "network", "ls", "--format", "{{.Name}}")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_the_foreground_everybody_has_networks()
    {
        await using (ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(_directory, "data"), PrepareContainers = false }, _patience.Token))
            Assert.SkipUnless(engine.Networks.IsAvailable, $"missing capability: networks ({engine.Networks.UnavailableReason})");
        await System.IO.File.WriteAllTextAsync(File, "services:\n  web:\n    image: app:1\n    command: [/bin/busybox, ip, -o, link]\n", _patience.Token);

        Result up = await ComposeAsync(0, "up");

        Assert.Contains("eth0", up.Output, StringComparison.Ordinal);
        await ComposeAsync(0, "down", "-t", "0");
    }

    private Task WriteAsync(string word) => System.IO.File.WriteAllTextAsync(
        File,
        $"services:\n  web:\n    image: app:1\n    init: true\n    network_mode: none\n    environment: {{ SAYS: {word} }}\n"
            + "    command: [/bin/busybox, sh, -c, 'echo says $$SAYS; exec /bin/busybox sleep 1000']\n",
        _patience.Token);

    /// <summary>What a container writes after its start comes when it comes.</summary>
    private async Task WaitForLogAsync(string text)
    {
        while (!(await ComposeAsync(0, "logs", "--no-log-prefix")).Output.Contains(text, StringComparison.Ordinal))
            _patience.Token.ThrowIfCancellationRequested();
    }

    private static string Squeeze(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private Task<Result> ComposeAsync(int? expected, params string[] arguments) => RunAsync(expected, ["compose", "-f", File, .. arguments]);

    private async Task<Result> RunAsync(int? expected, params string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { AutoFlush = true };
        var console = new CommandConsole(writer, error, _signals) { OpenOutput = () => new Unclosed(output), OpenError = () => new MemoryStream() };
        int code = await Program.RunAsync(["--data-root", Path.Combine(_directory, "data"), .. arguments], console, _patience.Token);
        var result = new Result(code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
        Assert.True(expected is null || code == expected, $"{string.Join(' ', arguments)}: {code} {result.Error}");
        return result;
    }

    private sealed record Result(int Code, string Output, string Error);

    /// <summary>Closed by the command, read by the test.</summary>
    private sealed class Unclosed(MemoryStream inner) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            inner.Write(buffer.Span);
            return default;
        }
    }
}
