using System.Net.Sockets;
using System.Text;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Serve;
using ContainerKit.Cli.Session;
using Xunit;

namespace ContainerKit.Cli.Tests.Serve;

public sealed class ServeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"ckit-{Guid.NewGuid():N}"[..14]);

    public ServeTests() => Directory.CreateDirectory(_directory);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_server_answers_until_it_is_told_to_end_and_leaves_no_socket()
    {
        string notify = Path.Combine(_directory, "notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(notify));
        string path = Path.Combine(_directory, "api.sock");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var options = new ServeOptions { Hosts = [$"unix://{path}"], DataRoot = Path.Combine(_directory, "data"), NotifySocket = notify };

        Task<int> serving = new ServeHost(options, TextWriter.Null).RunAsync(stop.Token);
        byte[] message = new byte[4096];
        Task<int> told = manager.ReceiveAsync(message);
        Assert.True(await Task.WhenAny(told, serving).WaitAsync(Patience, TestContext.Current.CancellationToken) == told, $"it ended: {serving.Exception}");
        Assert.StartsWith("READY=1\n", Encoding.UTF8.GetString(message, 0, await told), StringComparison.Ordinal);
        using (var client = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) { Timeout = Patience })
            Assert.Equal("OK", await client.GetStringAsync("http://docker/_ping", TestContext.Current.CancellationToken));
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite));

        await stop.CancelAsync();
        Assert.Equal(0, await serving.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal("STOPPING=1", Encoding.UTF8.GetString(message, 0, await manager.ReceiveAsync(message).WaitAsync(Patience, TestContext.Current.CancellationToken)));
        Assert.False(File.Exists(path));

        async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken token)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token);
            return new NetworkStream(socket, ownsSocket: true);
        }
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:0", "TLS")]
    [InlineData("fd://", "service manager")]
    [InlineData("http://x", "no address")]
    public async Task What_can_not_be_served_safely_is_refused(string host, string message)
    {
        using var error = new StringWriter();
        using var signals = new ProcessSignals(listen: false);

        int code = await Program.RunAsync(["serve", "--host", host, "--data-root", Path.Combine(_directory, "data")], new CommandConsole(TextWriter.Null, error, signals), TestContext.Current.CancellationToken);

        Assert.Equal(1, code);
        Assert.Contains(message, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Flags_become_options()
    {
        ServeOptions options = Read("-H", "unix:///a", "-H", "tcp://127.0.0.1:1", "-G", "docker", "-l", "warn", "--shutdown-timeout", "3", "--insecure-registry", "r:5000", "--registry-mirror", "https://m.example/p");

        Assert.Equal(["unix:///a", "tcp://127.0.0.1:1"], options.Hosts);
        Assert.Equal(("docker", TimeSpan.FromSeconds(3)), (options.Group, options.ShutdownTimeout));
        Assert.True(options.Registries.Hosts["r:5000"].SkipCertificateVerification);
        Assert.Equal(("m.example", "p"), (options.Registries.Hosts["docker.io"].Mirrors[0].Registry, options.Registries.Hosts["docker.io"].Mirrors[0].RepositoryPrefix));
        Assert.Throws<UsageException>(() => Read("-l", "loud"));
        Assert.Throws<UsageException>(() => Read("--tlscert", "x"));
        Assert.Throws<UsageException>(() => Read("--shutdown-timeout", "-1"));
    }

    [Fact]
    public void Settings_of_registries_are_read_again()
    {
        string file = Path.Combine(_directory, "daemon.json");
        File.WriteAllText(file, "{\"insecure-registries\": [\"a:5000\"]}");
        ServeOptions options = Read("--config-file", file, "--insecure-registry", "flag:5000", "--registry-mirror", "m.example");
        Assert.Equal(["a:5000", "docker.io", "flag:5000"], options.Registries.Hosts.Keys.Order());

        File.WriteAllText(file, "{\"insecure-registries\": [\"b:5000\", \"docker.io\"], \"registry-mirrors\": [\"http://m2.example/p\"]}");
        var again = options.ReloadRegistries!();
        Assert.Equal(["b:5000", "docker.io", "flag:5000"], again.Hosts.Keys.Order());
        Assert.Equal(["m.example", "m2.example"], again.Hosts["docker.io"].Mirrors.Select(mirror => mirror.Registry));
        Assert.True(again.Hosts["docker.io"].SkipCertificateVerification);

        // A terminal that is closed ends a server without a file; a service manager that reloads does not.
        Assert.Equal(["flag:5000"], Read("--insecure-registry", "flag:5000").ReloadRegistries!().Hosts.Keys);
        Assert.Null(Read(true, "--insecure-registry", "flag:5000").ReloadRegistries);
    }

    [Theory]
    [InlineData("{\"insecure-registries\": [\"10.0.0.0/8\"]}", "Ranges")]
    [InlineData("{\"insecure-registries\": [null]}", "not allowed")]
    [InlineData("{\"insecure-registries\": null}", "can't be used")]
    [InlineData("{\"registry-mirrors\": [\"ftp://x\"]}", "mirror")]
    [InlineData("{\"debug\": true}", "Known keys")]
    [InlineData("{,}", "can't be used")]
    public void Settings_that_would_not_hold_are_refused(string json, string message)
    {
        string file = Path.Combine(_directory, "daemon.json");
        File.WriteAllText(file, json);
        Assert.Contains(message, Assert.Throws<UsageException>(() => Read("--config-file", file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_and_version_are_printed()
    {
        using var output = new StringWriter();
        using var signals = new ProcessSignals(listen: false);
        var console = new CommandConsole(output, TextWriter.Null, signals);

        Assert.Equal(0, await Program.RunAsync(["serve", "--help"], console, TestContext.Current.CancellationToken));
        Assert.Equal(0, await Program.RunAsync(["version"], console, TestContext.Current.CancellationToken));
        Assert.Contains("--allow-unauthenticated-tcp", output.ToString(), StringComparison.Ordinal);
        Assert.Contains(" Version:", output.ToString(), StringComparison.Ordinal);
    }

    private static ServeOptions Read(params string[] flags) => Read(false, flags);

    private static ServeOptions Read(bool hasTerminal, params string[] flags)
    {
        using var signals = new ProcessSignals(listen: false);
        Command root = RootCommand.Create(new CommandConsole(TextWriter.Null, TextWriter.Null, signals));
        return ServeCommand.Read(CommandParser.Parse(root, ["serve", .. flags], out _)!, hasTerminal);
    }
}
