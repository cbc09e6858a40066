using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>An engine of its own, a running default container on a view of this machine, and a directory of probes at /probe in it.</summary>
public sealed class IsolationFixture : IAsyncLifetime
{
    private int _probes;

    internal ContainerEngine Engine { get; private set; } = null!;

    /// <summary>A directory of the host, removed at the end; below it is the data root.</summary>
    internal string HostDirectory { get; private set; } = null!;

    /// <summary>The host's directory that is /probe inside.</summary>
    internal string ProbeDirectory => Path.Combine(HostDirectory, "probe");

    /// <summary>A container with every default; its command is <c>sleep</c>.</summary>
    internal Container Running { get; private set; } = null!;

    /// <summary>A default container without a command; the machine's files, with the probes at /probe.</summary>
    internal ContainerSpec Spec { get; private set; } = null!;

    /// <summary>Whether users other than the one that the engine runs as exist inside.</summary>
    internal bool HasManyUsers { get; private set; }

    internal static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        HostDirectory = Directory.CreateTempSubdirectory("ck-isolation-").FullName;
        Directory.CreateDirectory(ProbeDirectory);
        Engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(HostDirectory, "data") });
        Spec = ContainerSpec.FromImage(await Engine.Images.FromDirectoryAsync("/")).WithBind(ProbeDirectory, "/probe", readOnly: true);
        Running = await Engine.Containers.StartAsync(Spec.WithCommand("sleep", "86400"));
        ExecResult map = await Running.ExecAsync(["cat", "/proc/self/uid_map"]);
        HasManyUsers = map.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries) is not [var only] || !only.EndsWith(" 1", StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await Running.DisposeAsync();
        await Engine.DisposeAsync();
        Directory.Delete(HostDirectory, recursive: true);
    }

    /// <summary>Makes a probe and tells its path inside.</summary>
    internal string AddProbe(Func<LaunchProgramBuilder, LaunchOperation> build)
    {
        string name = "probe" + Interlocked.Increment(ref _probes);
        Probe.Write(Path.Combine(ProbeDirectory, name), build);
        return "/probe/" + name;
    }

    internal string AddProbe(LaunchProgram program)
    {
        string name = "probe" + Interlocked.Increment(ref _probes);
        Probe.Write(Path.Combine(ProbeDirectory, name), program);
        return "/probe/" + name;
    }

    /// <summary>Makes an executable script and tells its path inside.</summary>
    internal string AddScript(string text)
    {
        string name = "script" + Interlocked.Increment(ref _probes);
        string path = Path.Combine(ProbeDirectory, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return "/probe/" + name;
    }

    /// <summary>
    /// How a call fails as a container's command and, which has to be the same, as a further command; null when it succeeds.
    /// </summary>
    internal async Task<Errno?> TryAsync(Func<LaunchProgramBuilder, LaunchOperation> build, Func<ContainerSpec, ContainerSpec>? change = null)
    {
        string path = AddProbe(p => build(p).TolerateAll());
        ContainerSpec spec = change is null ? Spec : change(Spec);
        ExecResult command = await Engine.Containers.RunAsync(spec.WithCommand(path), cancellationToken: Token);
        if (change is null)
        {
            ExecResult further = await Running.ExecAsync([path], Token);
            Assert.Equal(Probe.ErrorOf(command.ExitCode), Probe.ErrorOf(further.ExitCode));
        }

        return Probe.ErrorOf(command.ExitCode);
    }

    /// <summary>Runs a shell script in the running container; it has to succeed.</summary>
    internal async Task<string> ShellAsync(string script)
    {
        ExecResult result = await Running.ExecAsync(["sh", "-c", script], Token);
        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        return result.StandardOutput;
    }
}
