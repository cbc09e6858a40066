using System.Formats.Tar;
using System.Text;
using ContainerKit.Cli.Serve;
using ContainerKit.Cli.Session;
using Xunit;

namespace ContainerKit.Cli.Tests.Hosting;

/// <summary>A directory with a root file system of busybox, a data root, and commands in this process on it, or on a server on it.</summary>
internal sealed class Workspace : IAsyncDisposable
{
    /// <summary>So long something may take that is expected to end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly ProcessSignals _signals = new(listen: false);
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly CancellationTokenSource _stop = new();
    private Task<int>? _serving;

    private Workspace() => _patience.CancelAfter(Patience);

    public string Directory { get; } = System.IO.Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"ckit-{Guid.NewGuid():N}"[..14])).FullName;

    public string DataRoot => Path("data");

    public string Socket => Path("api.sock");

    public CancellationToken Bound => _patience.Token;

    public static async Task<Workspace> CreateAsync()
    {
        var created = new Workspace();
        if (((string[])["/bin/busybox", "/usr/bin/busybox"]).FirstOrDefault(File.Exists) is not string busybox)
        {
            await created.DisposeAsync();
            Assert.Skip("missing capability: a static busybox");
            return created;
        }

        await using var tar = new TarWriter(File.Create(created.Path("root.tar")));
        foreach (string name in (string[])["bin", "tmp", "dev", "proc", "sys"])
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, name) { Mode = (UnixFileMode)0x1ed }, created.Bound);
        await tar.WriteEntryAsync(busybox, "bin/busybox", created.Bound);
        foreach (string applet in (string[])["sh", "cat", "echo", "sleep", "stty"])
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{applet}") { LinkName = "busybox" }, created.Bound);
        return created;
    }

    public string Path(string name) => System.IO.Path.Combine(Directory, name);

    /// <summary>Writes a file, with the directories that it is in.</summary>
    public async Task<string> WriteAsync(string name, string content)
    {
        System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
        await File.WriteAllTextAsync(Path(name), content, Bound);
        return Path(name);
    }

    /// <summary>Starts a server on the data root, for <see cref="Socket"/>; it ends with this.</summary>
    public async Task ServeAsync()
    {
        _serving = new ServeHost(new ServeOptions { Hosts = [$"unix://{Socket}"], DataRoot = DataRoot }, TextWriter.Null).RunAsync(_stop.Token);
        while (!File.Exists(Socket))
        {
            Assert.False(_serving.IsCompleted, $"The server has ended: {_serving.Exception}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), Bound);
        }
    }

    /// <summary>A command for the server.</summary>
    public Task<(string Output, string Error)> ServedAsync(int expected, params string[] arguments) => RunAsync(expected, null, ["--host", $"unix://{Socket}", .. arguments]);

    /// <summary>A command for the data root.</summary>
    public Task<(string Output, string Error)> LocalAsync(int expected, params string[] arguments) => RunAsync(expected, null, ["--data-root", DataRoot, .. arguments]);

    public async Task<(string Output, string Error)> RunAsync(int expected, byte[]? input, string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter();
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { AutoFlush = true };
        var console = new CommandConsole(writer, error, _signals) { OpenOutput = () => new UnclosedStream(output), OpenError = () => new MemoryStream(), OpenInput = () => new MemoryStream(input ?? []) };
        int code = await Program.RunAsync(arguments, console, Bound);
        string text = Encoding.UTF8.GetString(output.ToArray());
        Assert.True(code == expected, $"{string.Join(' ', arguments)}: {code}, {text}{error}");
        return (text, error.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_serving is not null)
            await _serving.WaitAsync(Patience);
        _stop.Dispose();
        _signals.Dispose();
        _patience.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>Closed by the command, read by the test.</summary>
    private sealed class UnclosedStream(MemoryStream inner) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            inner.Write(buffer.Span);
            return default;
        }
    }
}
