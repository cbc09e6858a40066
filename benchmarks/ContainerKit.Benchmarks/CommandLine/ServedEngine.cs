using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.CommandLine;

/// <summary><c>ckit serve</c>, in a network namespace of its own as well.</summary>
internal sealed class ServedEngine : ICommandLineServer
{
    private readonly Daemon _daemon;
    private readonly string _home;

    private ServedEngine(Daemon daemon, string home, ExternalCommand client) => (_daemon, _home, Client) = (daemon, home, client);

    public string Name => "containerkit";

    public bool IsOurs => true;

    public ExternalCommand Client { get; }

    /// <summary>ckit as it was built with this program.</summary>
    /// <exception cref="PlatformNotSupportedException">It was not.</exception>
    public static ExternalCommand FindProgram()
    {
#if DEBUG
        const string configuration = "Debug";
#else
        const string configuration = "Release";
#endif
        var repository = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));
        var program = Path.Combine(repository, "src/ContainerKit.Cli/bin", configuration, "net10.0/ckit.dll");
        if (!File.Exists(program))
            throw new PlatformNotSupportedException($"no {program}: build the solution");
        return new ExternalCommand(ExternalCommand.Find("dotnet") ?? throw new PlatformNotSupportedException("no dotnet in PATH"), program);
    }

    /// <summary>Starts it.</summary>
    public static async Task<ServedEngine> StartAsync(Workspace workspace, string docker, CancellationToken cancellationToken)
    {
        var home = workspace.CreateDirectory("ckit");
        var program = FindProgram();
        var daemon = Daemon.Start(
            new ExternalCommand(ExternalCommand.Find("unshare") ?? "unshare", [
                "--net", "--", program.Program, .. program.Arguments, "serve",
                "--host", $"unix://{home}/ckit.sock", "--data-root", Path.Combine(home, "data"), "--log-level", "warn"]),
            Path.Combine(home, "ckit.log"));
        try
        {
            var client = new ExternalCommand(docker)
            {
                Environment = new Dictionary<string, string> { ["DOCKER_HOST"] = $"unix://{home}/ckit.sock", ["DOCKER_CONFIG"] = Path.Combine(home, "client") },
            };
            await daemon.WaitUntilReadyAsync(async stop => (await client.With("version").CaptureAsync(stop)).ExitCode == 0, cancellationToken);
            return new ServedEngine(daemon, home, client);
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    public IReadOnlyCollection<int> Processes() => ProcessTable.FindByCommandLine(_home);

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();
}
