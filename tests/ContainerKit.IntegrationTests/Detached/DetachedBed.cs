using System.Diagnostics;
using System.Globalization;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Detached;

/// <summary>A data root, a busybox image, a directory that host and container share, and host processes that are killed.</summary>
internal sealed class DetachedBed : IAsyncDisposable
{
    internal const string ContainerName = "detached";

    /// <summary>Far more than anything here takes; a wait that is longer hangs.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private readonly string _directory = Directory.CreateTempSubdirectory("ck-detached-").FullName;
    private readonly CancellationTokenSource _bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    internal DetachedBed()
    {
        string busybox = Capability.Require("busybox", "busybox-static");
        _bound.CancelAfter(s_longest);
        Directory.CreateDirectory(Shared);
        Directory.CreateDirectory(Path.Combine(Image, "bin"));
        File.Copy(busybox, Path.Combine(Image, "bin", "busybox"));
        foreach (string applet in (string[])["sh", "sleep", "cat", "seq", "touch", "head", "kill", "dd", "test"])
            File.CreateSymbolicLink(Path.Combine(Image, "bin", applet), "busybox");
    }

    internal string DataRoot => Path.Combine(_directory, "data");

    /// <summary>The container has it as /shared.</summary>
    internal string Shared => Path.Combine(_directory, "shared");

    internal CancellationToken Token => _bound.Token;

    private string Image => Path.Combine(_directory, "image");

    internal Task<ContainerEngine> OpenAsync() => ContainerEngine.OpenAsync(new EngineOptions { DataRoot = DataRoot, PrepareContainers = false }, Token);

    internal ContainerSpec Spec(string script) => ContainerSpec.FromImage("dir:" + Image)
        .WithName(ContainerName).WithCommand("sh", "-c", script).WithBind(Shared, "/shared").WithLifetime(ContainerLifetime.Detached);

    /// <summary>Makes a file that the container waits for.</summary>
    internal void Signal(string name) => File.WriteAllText(Path.Combine(Shared, name), "");

    /// <summary>Starts a container in a process of its own, and kills that as soon as it runs.</summary>
    internal async Task StartAndKillHostAsync(string script, string restart = "no", string memory = "")
    {
        using Process host = StartHost(script, restart, memory);
        await ExpectAsync(host, "starting");
        await ExpectAsync(host, "ready");
        await KillAsync(host);
    }

    /// <summary>The same, but it is killed some time after it began with the start.</summary>
    internal async Task KillHostWhileItStartsAsync(string script, TimeSpan delay)
    {
        using Process host = StartHost(script, "no", "");
        await ExpectAsync(host, "starting");
        await Task.Delay(delay, Token);
        await KillAsync(host);
    }

    /// <summary>Waits until a process has ended.</summary>
    internal async Task WaitForEndAsync(int pid)
    {
        while (IsAlive(pid))
            await Task.Delay(20, Token);
    }

    /// <summary>Waits until nobody supervises the container any more.</summary>
    internal async Task WaitForEndAsync(ContainerInfo container)
    {
        string record = Path.Combine(DataRoot, "containers", container.Id, "supervision");
        while (Linux.Launching.SupervisionRecord.IsSupervised(record))
            await Task.Delay(20, Token);
    }

    /// <summary>The only container's id, without asking an engine.</summary>
    internal string FindId() => Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(DataRoot, "containers")), d => Path.GetFileName(d) != "names"));

    internal Linux.Launching.SupervisionRecord ReadRecord(string id)
        => Linux.Launching.SupervisionRecord.TryRead(Path.Combine(DataRoot, "containers", id, "supervision"))!;

    internal async Task<Container> GetAsync(ContainerEngine engine) => await engine.Containers.GetAsync(ContainerName, Token);

    internal async Task<string[]> ReadAsync(Container container, bool follow = false, int? tail = null)
    {
        List<string> lines = [];
        await foreach (LogLine line in container.ReadLogsAsync(follow, tail: tail, cancellationToken: Token))
            lines.Add((line.Stream == LogStream.StandardError ? "err " : "out ") + line.Text);
        return [.. lines];
    }

    /// <summary>Follows the log until it has a line; what came before is returned.</summary>
    internal async Task WaitForLineAsync(Container container, string text)
    {
        await foreach (LogLine line in container.ReadLogsAsync(follow: true, cancellationToken: Token))
        {
            if (line.Text == text)
                return;
        }

        Assert.Fail($"The container ended without the line '{text}'.");
    }

    public async ValueTask DisposeAsync()
    {
        await using (ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = DataRoot, PrepareContainers = false, StartContainers = false }))
        {
            foreach (ContainerInfo left in await engine.Containers.ListAsync())
                await (await engine.Containers.GetAsync(left.Id)).RemoveAsync(force: true);
        }

        Directory.Delete(_directory, recursive: true);
        _bound.Dispose();
    }

    /// <summary>A zombie has ended: whoever is its parent now has not looked yet.</summary>
    private static bool IsAlive(int pid)
    {
        try
        {
            string status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            return status[(status.LastIndexOf(')') + 2)] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private Process StartHost(string script, string restart, string memory)
    {
        string program = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(DetachedBed).Assembly.Location] : [];
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[DetachedWorker.Variable] = DataRoot;
        start.Environment[DetachedWorker.ImageVariable] = "dir:" + Image;
        start.Environment[DetachedWorker.ScriptVariable] = script;
        start.Environment[DetachedWorker.SharedVariable] = Shared;
        start.Environment[DetachedWorker.RestartVariable] = restart;
        start.Environment[DetachedWorker.MemoryVariable] = memory;
        return Process.Start(start)!;
    }

    private async Task ExpectAsync(Process host, string expected)
    {
        string? line = await host.StandardOutput.ReadLineAsync(Token);
        if (line is null)
        {
            string error = await host.StandardError.ReadToEndAsync(Token);
            Assert.SkipWhen(error.Contains("Limits can't be set", StringComparison.Ordinal) || error.Contains("can't be enforced", StringComparison.Ordinal), "missing capability: a cgroup with limits");
            Assert.Fail(error);
        }

        Assert.Equal(expected, line);
    }

    private async Task KillAsync(Process host)
    {
        host.Kill();
        await host.WaitForExitAsync(Token);
        host.StandardInput.Dispose();
        host.StandardOutput.Dispose();
        host.StandardError.Dispose();
    }
}
