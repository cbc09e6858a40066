using ContainerKit;

namespace AspNetCoreSandbox;

/// <summary>Runs scripts of people whom nobody knows, each in a container of its own that has nothing and may do little.</summary>
internal sealed class Sandbox : IAsyncDisposable
{
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(5);
    private static readonly ByteSize s_outputLimit = ByteSize.KiB(64);

    private readonly ContainerEngine _engine;
    private readonly ContainerSpec _spec;

    /// <summary>So many at a time; the others wait for their turn.</summary>
    private readonly SemaphoreSlim _places = new(Environment.ProcessorCount * 2);

    private Sandbox(ContainerEngine engine, ContainerSpec spec, bool hasLimits) => (_engine, _spec, HasLimits) = (engine, spec, hasLimits);

    /// <summary>False where no cgroup is delegated to this user: then memory and processes are not limited.</summary>
    internal bool HasLimits { get; }

    /// <summary>Opens an engine and makes the image: busybox and nothing else.</summary>
    internal static async Task<Sandbox> OpenAsync(bool allowWithoutLimits)
    {
        ContainerEngine engine = await ContainerEngine.OpenAsync();
        try
        {
            BuildSpec build = BuildSpec.FromDockerfile("""
                FROM scratch
                COPY --from=tools busybox /bin/busybox
                RUN ["/bin/busybox", "--install", "-s", "/bin"]
                """).WithNamedContext("tools", BuildContext.FromDirectory("/bin"));
            ContainerSpec spec = ContainerSpec.FromImage(await engine.Images.BuildAsync(build))
                .WithNetwork(NetworkMode.None)
                .WithReadOnlyRoot()
                .WithTmpfs("/tmp", ByteSize.MiB(16))
                .WithWorkingDirectory("/tmp")
                .WithDroppedCapabilities("ALL")
                .WithNoNewPrivileges()
                .WithUlimit("nofile", 64)
                .WithInit();
            ContainerSpec limited = spec.WithMemoryLimit(ByteSize.MiB(64)).WithPidsLimit(32).WithCpuLimit(0.5);
            try
            {
                await engine.Containers.RunAsync(limited.WithCommand("true"));
                return new Sandbox(engine, limited, hasLimits: true);
            }
            catch (UnsupportedException) when (allowWithoutLimits)
            {
                return new Sandbox(engine, spec, hasLimits: false);
            }
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a script of the shell. One that takes too long or prints too much is ended, with all its processes.</summary>
    internal async Task<Outcome> RunAsync(string script, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            limit.CancelAfter(s_timeLimit);
            ExecResult result = await _engine.Containers.RunAsync(_spec.WithCommand("sh", "-c", script), s_outputLimit, limit.Token);
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

    public ValueTask DisposeAsync()
    {
        _places.Dispose();
        return _engine.DisposeAsync();
    }
}
