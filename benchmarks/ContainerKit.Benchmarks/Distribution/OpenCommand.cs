using System.Diagnostics;
using System.Globalization;
using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Oci;
using static System.FormattableString;
using CompareOptions = ContainerKit.Benchmarks.Comparison.CompareOptions;

namespace ContainerKit.Benchmarks.Distribution;

/// <summary><c>compare open</c>: how long it takes until an engine with many images and containers is open. The others have no such thing.</summary>
internal static class OpenCommand
{
    /// <summary>The first argument of this program where it is started as a fresh process that opens an engine.</summary>
    public const string Worker = "open-worker";

    private const int Images = 200;
    private const int Containers = 1000;

    /// <summary>Measures in this process and in fresh ones, and prints it.</summary>
    /// <returns>0; 1 when something was left behind.</returns>
    public static async Task<int> RunAsync(CompareOptions options, CancellationToken cancellationToken)
    {
        await AbandonedWorkspaces.RemoveAsync(cancellationToken);
        var leftovers = new LeftoverCheck();
        var workspace = Workspace.Create();
        try
        {
            MachineReport.Print();
            var dataRoot = workspace.CreateDirectory("containerkit");
            await FillAsync(dataRoot, BusyboxRootfs.Create(workspace), cancellationToken);
            Console.WriteLine($"open: {Images} images, {Containers} stopped containers");
            var (open, all, fresh) = (new LatencySamples(), new LatencySamples(), new LatencySamples());
            for (var round = -options.WarmUp; round < options.Runs; round++)
            {
                var (opened, listed) = await OpenAsync(dataRoot, cancellationToken);
                var inFreshProcess = await OpenInFreshProcessAsync(dataRoot, cancellationToken);
                if (round < 0)
                    continue;
                open.Add(opened);
                all.Add(listed);
                fresh.Add(inFreshProcess);
            }
            Print("open", open, "in a process that has opened engines before");
            Print("open-and-list", all, "the same, and all images and containers read");
            Print("open-fresh", fresh, "in a process that has just been started, with the just-in-time compiler's work");
        }
        finally
        {
            await workspace.DisposeAsync();
        }
        return leftovers.Report(workspace) ? 0 : 1;
    }

    /// <summary>What the fresh process does: prints the microseconds.</summary>
    public static async Task<int> WorkAsync(string dataRoot, CancellationToken cancellationToken)
    {
        var (opened, _) = await OpenAsync(dataRoot, cancellationToken);
        Console.WriteLine(Invariant($"{opened.TotalMicroseconds:F0}"));
        return 0;
    }

    private static async Task FillAsync(string dataRoot, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        await using var engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = dataRoot }, cancellationToken);
        Image? image = null;
        for (var i = 0; i < Images; i++)
        {
            image = await engine.Images.ImportAsync(
                rootfs.ArchivePath, new ImageImportOptions { Reference = Invariant($"bench/image-{i}:1"), Changes = [Invariant($"LABEL number={i}")] }, cancellationToken);
        }
        var spec = ContainerSpec.FromImage(image!).WithCommand("/bin/true");
        for (var i = 0; i < Containers; i++)
        {
            // It is kept, unlike one of StartAsync.
            var container = await engine.Containers.CreateAsync(spec, cancellationToken);
            await container.StartAsync(cancellationToken);
            await container.WaitAsync(cancellationToken);
        }
    }

    private static async Task<(TimeSpan Open, TimeSpan All)> OpenAsync(string dataRoot, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = dataRoot, Registries = new RegistryClientOptions() }, cancellationToken);
        var opened = Stopwatch.GetElapsedTime(started);
        var images = await engine.Images.ListAsync(cancellationToken);
        var containers = await engine.Containers.ListAsync(cancellationToken);
        var all = Stopwatch.GetElapsedTime(started);
        return (images.Count, containers.Count) == (Images, Containers)
            ? (opened, all)
            : throw new PeerFailedException(Invariant($"there are {images.Count} images and {containers.Count} containers"));
    }

    private static async Task<TimeSpan> OpenInFreshProcessAsync(string dataRoot, CancellationToken cancellationToken)
    {
        var program = Environment.ProcessPath!;
        var command = Path.GetFileName(program) == "dotnet"
            ? new ExternalCommand(program, typeof(OpenCommand).Assembly.Location, Worker, dataRoot)
            : new ExternalCommand(program, Worker, dataRoot);
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root)
            command = command with { Environment = new Dictionary<string, string> { ["DOTNET_ROOT"] = root } };
        return TimeSpan.FromMicroseconds(long.Parse(await command.CaptureSuccessAsync(cancellationToken), CultureInfo.InvariantCulture));
    }

    private static void Print(string name, LatencySamples samples, string what)
        => Console.WriteLine(Invariant($"{name,-14} median {samples.Median.TotalMilliseconds,7:F1} ms, fastest {samples.Fastest.TotalMilliseconds,7:F1} ms, {samples.Count} runs: {what}"));
}
