using System.Diagnostics;
using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;
using static System.FormattableString;
using CompareOptions = ContainerKit.Benchmarks.Comparison.CompareOptions;

namespace ContainerKit.Benchmarks.CommandLine;

/// <summary><c>compare cli</c>: the same commands of docker's command line against <c>ckit serve</c> and against dockerd, each as a whole process.</summary>
internal sealed class CommandLineCommand(IReadOnlyList<ICommandLineServer> servers, CompareOptions options, Workspace workspace)
{
    private const string Image = "ckbench";
    private const string Target = "target";
    private const int LineLength = 128;
    private const int ChunkSize = 1 << 20;
    private const int SlowRuns = 3;

    /// <summary>dockerd writes and reads some ten MiB of lines a second: a GiB takes it minutes.</summary>
    private static readonly TimeSpan LogTimeLimit = TimeSpan.FromMinutes(15);

    /// <summary>Runs the comparison and prints it.</summary>
    /// <returns>0; 1 when something was left behind.</returns>
    public static async Task<int> RunAsync(CompareOptions options, CancellationToken cancellationToken)
    {
        var docker = ExternalCommand.Find("docker") ?? throw new PlatformNotSupportedException("no docker command line (apt-get install docker.io)");
        await AbandonedWorkspaces.RemoveAsync(cancellationToken);
        var leftovers = new LeftoverCheck();
        var workspace = Workspace.Create();
        try
        {
            Console.WriteLine($"files on {await workspace.TryMountFileSystemAsync(cancellationToken)}");
            MachineReport.Print();
            var rootfs = BusyboxRootfs.Create(workspace);
            await using var ours = await ServedEngine.StartAsync(workspace, docker, cancellationToken);
            await using var theirs = await DockerServer.StartAsync(workspace, docker, cancellationToken);
            var command = new CommandLineCommand([ours, theirs], options, workspace);
            await command.PrepareAsync(rootfs, cancellationToken);
            await command.MeasureAsync(cancellationToken);
            await command.RemoveAsync(cancellationToken);
            if (options.Wants("cold"))
                MeasureColdStart(options, workspace);
        }
        finally
        {
            await workspace.DisposeAsync();
        }
        return leftovers.Report(workspace) ? 0 : 1;
    }

    private async Task PrepareAsync(BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        foreach (var server in servers)
        {
            Console.WriteLine($"  {server.Name}: {await server.Client.With("version", "--format", "server {{.Server.Version}}, client {{.Client.Version}}").CaptureSuccessAsync(cancellationToken)}");
            await server.Client.With("import", rootfs.ArchivePath, Image).CaptureSuccessAsync(cancellationToken);
            await server.Client.With("run", "--detach", "--name", Target, Image, "/bin/sleep", "1000000").CaptureSuccessAsync(cancellationToken);
        }
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine();
        Console.WriteLine($"{"command",-12} {"containerkit ms",18} {"docker ms",18}   (medians, fastest in brackets)");
        Compare("run", "docker run --rm, in the default network", options.Runs, client => Run(client.With("run", "--rm", Image, "/bin/true")), cancellationToken);
        Compare("run-d", "docker run -d and docker rm -f", options.Runs, client =>
        {
            Run(client.With("run", "--detach", "--name", "short", Image, "/bin/sleep", "1000000"));
            Run(client.With("rm", "--force", "short"));
        }, cancellationToken);
        Compare("exec", "docker exec", options.Runs, client => Run(client.With("exec", Target, "/bin/true")), cancellationToken);
        Compare("inspect", "docker inspect", options.Runs, client => Run(client.With("inspect", Target)), cancellationToken);
        if (options.Wants("cp"))
            CompareCopies(cancellationToken);
        if (options.Wants("logs"))
            await CompareLogsAsync(cancellationToken);
        if (!options.Wants("ps") && !options.Wants("memory"))
            return;
        await StartManyAsync(cancellationToken);
        Compare("ps", Invariant($"docker ps, {options.Count + 1} containers"), options.Runs, client => Run(client.With("ps")), cancellationToken);
        PrintMemory();
    }

    /// <summary>In turn, ours and theirs, so that a disturbance of the machine meets both.</summary>
    private void Compare(string name, string what, int runs, Action<ExternalCommand> run, CancellationToken cancellationToken)
    {
        if (!options.Wants(name))
            return;
        var samples = servers.ToDictionary(server => server.Name, _ => new LatencySamples());
        for (var round = runs <= SlowRuns ? 0 : -options.WarmUp; round < runs; round++)
        {
            foreach (var server in servers)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Thread.Sleep(options.Pause);
                var started = Stopwatch.GetTimestamp();
                run(server.Client);
                if (round >= 0)
                    samples[server.Name].Add(Stopwatch.GetElapsedTime(started));
            }
        }
        var (ours, theirs) = (samples["containerkit"], samples["docker"]);
        Console.WriteLine(Invariant($"{name,-12} {Describe(ours),18} {Describe(theirs),18}   {what}, {runs} runs"));
        Console.WriteLine(Invariant($"RATIO cli-{name}-vs-docker {theirs.Median / ours.Median:F2}"));
    }

    private void CompareCopies(CancellationToken cancellationToken)
    {
        var tree = workspace.CreateDirectory("tree");
        var content = new byte[8 << 10];
        new Random(1).NextBytes(content);
        for (var i = 0; i < 2000; i++)
            File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(tree, Invariant($"d{i / 100}"))).FullName, Invariant($"file-{i}")), content);
        File.WriteAllBytes(Path.Combine(tree, "large"), new byte[64 << 20]);
        var back = workspace.PathOf("back");
        Compare("cp", "docker cp of 2000 files of 8 KiB and one of 64 MiB, in and out", SlowRuns, client =>
        {
            Run(client.With("cp", "--quiet", tree, $"{Target}:/tree"));
            Run(client.With("cp", "--quiet", $"{Target}:/tree", back));
            Run(client.With("exec", Target, "/bin/busybox", "rm", "-r", "/tree"));
            Directory.Delete(back, recursive: true);
        }, cancellationToken);
    }

    private async Task CompareLogsAsync(CancellationToken cancellationToken)
    {
        var chunk = workspace.PathOf("chunk");
        var line = new byte[LineLength];
        Array.Fill(line, (byte)'x');
        line[^1] = (byte)'\n';
        await using (var file = File.Create(chunk))
        {
            for (var i = 0; i < ChunkSize / LineLength; i++)
                file.Write(line);
        }
        // One after the other: two that write at once wait for each other.
        foreach (var server in servers)
        {
            var client = server.Client with { TimeLimit = LogTimeLimit };
            var started = Stopwatch.GetTimestamp();
            await client.With(["run", "--name", "writer", "--detach", "--volume", $"{chunk}:/chunk:ro", Image, "/bin/cat", .. Enumerable.Repeat("/chunk", options.LogSize)])
                .CaptureSuccessAsync(cancellationToken);
            await client.With("wait", "writer").CaptureSuccessAsync(cancellationToken);
            Console.WriteLine(Invariant($"  {server.Name} wrote the log in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s"));
            var count = client with { Program = "/bin/sh", Arguments = ["-c", "\"$0\" logs writer | wc -c", client.Program] };
            var length = await count.CaptureSuccessAsync(cancellationToken);
            if (length != Invariant($"{(long)options.LogSize * ChunkSize}"))
                throw new PeerFailedException($"{server.Name}: the log has {length} bytes");
        }
        Compare(
            "logs", Invariant($"docker logs, {options.LogSize} MiB in lines of {LineLength} bytes"), Math.Min(options.Runs, SlowRuns),
            client => Run((client with { TimeLimit = LogTimeLimit }).With("logs", "writer")), cancellationToken);
        foreach (var server in servers)
            await server.Client.With("rm", "writer").CaptureSuccessAsync(cancellationToken);
    }

    private async Task StartManyAsync(CancellationToken cancellationToken)
    {
        foreach (var server in servers)
        {
            for (var i = 0; i < options.Count; i++)
                await server.Client.With("run", "--detach", "--name", Invariant($"many-{i}"), Image, "/bin/sleep", "1000000").CaptureSuccessAsync(cancellationToken);
        }
    }

    private void PrintMemory()
    {
        var memory = servers.ToDictionary(server => server.Name, server => (Processes: server.Processes().Count, Kib: server.Processes().Sum(ProcessTable.ProportionalKibOf)));
        var (ours, theirs) = (memory["containerkit"], memory["docker"]);
        Console.WriteLine(Invariant(
            $"{"memory",-12} {ours.Kib / 1024.0,14:F1} MiB {theirs.Kib / 1024.0,14:F1} MiB   proportional set sizes of {ours.Processes} and {theirs.Processes} processes, {options.Count + 1} running containers"));
        Console.WriteLine(Invariant($"RATIO cli-memory-vs-docker {(double)theirs.Kib / ours.Kib:F2}"));
    }

    private async Task RemoveAsync(CancellationToken cancellationToken)
    {
        foreach (var server in servers)
            await server.Client.With(["rm", "--force", Target, .. Enumerable.Range(0, options.Count).Select(i => Invariant($"many-{i}"))]).CaptureAsync(cancellationToken);
    }

    /// <summary>Without any server. Docker's has nothing to compare it with but its client that asks nobody.</summary>
    private static void MeasureColdStart(CompareOptions options, Workspace workspace)
    {
        var ckit = ServedEngine.FindProgram() with { Environment = new Dictionary<string, string> { ["XDG_RUNTIME_DIR"] = workspace.CreateDirectory("run") } };
        var root = workspace.CreateDirectory("cold");
        foreach (var (name, command) in new (string, ExternalCommand)[] { ("ckit --help", ckit.With("--help")), ("ckit ps", ckit.With("--data-root", root, "ps")) })
        {
            var samples = new LatencySamples();
            for (var round = -2; round < Math.Min(options.Runs, 10); round++)
            {
                var started = Stopwatch.GetTimestamp();
                Run(command);
                if (round >= 0)
                    samples.Add(Stopwatch.GetElapsedTime(started));
            }
            Console.WriteLine(Invariant($"{name,-16} {Describe(samples),18}   in process, nothing is running"));
        }
    }

    /// <summary>Nobody reads what it says; a shell is in both.</summary>
    private static void Run(ExternalCommand command)
        => (command with { Program = "/bin/sh", Arguments = ["-c", "exec \"$0\" \"$@\" >/dev/null", command.Program, .. command.Arguments] }).Run();

    private static string Describe(LatencySamples samples) => Invariant($"{samples.Median.TotalMilliseconds:F1} ({samples.Fastest.TotalMilliseconds:F1})");
}
