using ContainerKit;
using ContainerKit.Hosting;

namespace AspNetCoreSandbox;

/// <summary>Runs scripts of people whom nobody knows, each in a container of its own that has nothing and may do little.</summary>
internal sealed class Sandbox(IContainerEngineProvider engines, IConfiguration configuration) : IHostedService, IDisposable
{
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(5);
    private static readonly ByteSize s_outputLimit = ByteSize.KiB(64);

    /// <summary>So many at a time; the others wait for their turn.</summary>
    private readonly SemaphoreSlim _places = new(Environment.ProcessorCount * 2);
    private ContainerEngine? _engine;
    private ContainerSpec? _spec;

    /// <summary>False where no cgroup is delegated to this user: then memory and processes are not limited.</summary>
    internal bool HasLimits { get; private set; }

    /// <summary>Makes the image: busybox and nothing else.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _engine = await engines.GetAsync(cancellationToken);
        BuildSpec build = BuildSpec.FromDockerfile("""
            FROM scratch
            COPY --from=tools busybox /bin/busybox
            RUN ["/bin/busybox", "--install", "-s", "/bin"]
            """).WithNamedContext("tools", BuildContext.FromDirectory("/bin"));
        _spec = ContainerSpec.FromImage(await _engine.Images.BuildAsync(build, cancellationToken: cancellationToken))
            .WithNetwork(NetworkMode.None)
            .WithReadOnlyRoot()
            .WithTmpfs("/tmp", ByteSize.MiB(16))
            .WithWorkingDirectory("/tmp")
            .WithDroppedCapabilities("ALL")
            .WithNoNewPrivileges()
            .WithUlimit("nofile", 64)
            .WithInit();
        ContainerSpec limited = _spec.WithMemoryLimit(ByteSize.MiB(64)).WithPidsLimit(32).WithCpuLimit(0.5);
        try
        {
            await _engine.Containers.RunAsync(limited.WithCommand("true"), cancellationToken: cancellationToken);
            (_spec, HasLimits) = (limited, true);
        }
        catch (UnsupportedException) when (configuration.GetValue("AllowWithoutLimits", false))
        {
            // Whoever starts it has said that this is well.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs a script of the shell. One that takes too long or prints too much is ended, with all its processes.</summary>
    internal async Task<Outcome> RunAsync(string script, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            limit.CancelAfter(s_timeLimit);
            ExecResult result = await _engine!.Containers.RunAsync(_spec!.WithCommand("sh", "-c", script), s_outputLimit, limit.Token);
            return new Outcome(result.ExitCode, result.StandardOutput, result.StandardError);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Outcome(null, "", $"ended after {s_timeLimit.TotalSeconds} seconds");
        }
        catch (Exception e) when (e is ContainerKitException or IOException)
        {
            // More output than there may be, for instance.
            return new Outcome(null, "", e.Message);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();
}
