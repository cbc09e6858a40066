using System.Diagnostics;
using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;
using static System.FormattableString;
using CompareOptions = ContainerKit.Benchmarks.Comparison.CompareOptions;

namespace ContainerKit.Benchmarks.Building;

/// <summary><c>compare build</c>: a cold build, one where nothing changed, one where a file changed, and a large context.</summary>
internal static class BuildCommand
{
    private const string Application = "localhost/ckbench-app:1";
    private const string Large = "localhost/ckbench-large:1";

    /// <summary>Runs the comparison and prints it.</summary>
    /// <param name="onlyContext">True: only the large context.</param>
    /// <param name="options">How often, and with whom.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>0; 1 when a peer failed on the way or something was left behind.</returns>
    public static async Task<int> RunAsync(bool onlyContext, CompareOptions options, CancellationToken cancellationToken)
    {
        await AbandonedWorkspaces.RemoveAsync(cancellationToken);
        var leftovers = new LeftoverCheck();
        var workspace = Workspace.Create();
        var succeeded = false;
        try
        {
            MachineReport.Print();
            Console.WriteLine($"all files are on {await workspace.TryMountFileSystemAsync(cancellationToken)}");
            Console.WriteLine(BuildFiles.Description);
            var rootfs = BusyboxRootfs.Create(workspace);
            var files = BuildFiles.Create(workspace);
            Console.WriteLine("peers");
            await using var peers = new PeerSet<IBuildPeer>();
            await peers.PrepareAsync(
                PeerSet<IBuildPeer>.Choose([new ContainerKitBuilder(), new DockerBuilder(), new BuildahBuilder()], options.Peers),
                peer => peer.TryPrepareAsync(workspace, rootfs, cancellationToken));
            if (!onlyContext)
            {
                await MeasureAsync("build-cold", peers, options, files.ApplicationContext, Application, () => { }, forgets: true, cancellationToken);
                await MeasureAsync("build-nochange", peers, options, files.ApplicationContext, Application, () => { }, forgets: false, cancellationToken);
                await MeasureAsync("build-onefile", peers, options, files.ApplicationContext, Application, files.ChangeApplication, forgets: false, cancellationToken);
            }
            await MeasureAsync("build-context", peers, options, files.LargeContext, Large, files.ChangeLarge, forgets: false, cancellationToken);
            await MeasureAsync("build-context-nochange", peers, options, files.LargeContext, Large, () => { }, forgets: false, cancellationToken);
            foreach (var failure in peers.Failures)
                Console.WriteLine($"FAILED {failure}");
            succeeded = peers.Failures.Count == 0;
        }
        finally
        {
            await workspace.DisposeAsync();
            succeeded &= leftovers.Report(workspace);
        }
        return succeeded ? 0 : 1;
    }

    private static async Task MeasureAsync(
        string name, PeerSet<IBuildPeer> peers, CompareOptions options, string context, string tag, Action change, bool forgets, CancellationToken cancellationToken)
    {
        Dictionary<IBuildPeer, LatencySamples> samples = [];
        for (var round = -Math.Max(1, options.WarmUp); round < options.Runs; round++)
        {
            // The same change for all: each of them builds every state of the files once.
            change();
            await peers.ForEachAsync(
                async peer =>
                {
                    await new ExternalCommand("/bin/sync").CaptureSuccessAsync(cancellationToken);
                    await Task.Delay(options.Pause, cancellationToken);
                    var started = Stopwatch.GetTimestamp();
                    await peer.BuildAsync(context, tag, cancellationToken);
                    var duration = Stopwatch.GetElapsedTime(started);
                    if (round >= 0)
                        (samples.TryGetValue(peer, out var known) ? known : samples[peer] = new LatencySamples()).Add(duration);
                    if (forgets)
                        await peer.ForgetAsync(tag, cancellationToken);
                },
                cancellationToken);
        }
        Print(name, samples.Where(result => peers.Ready.Contains(result.Key)).ToList());
    }

    private static void Print(string name, List<KeyValuePair<IBuildPeer, LatencySamples>> results)
    {
        Console.WriteLine();
        Console.WriteLine($"{name,-22} {"median ms",10} {"fastest",10} {"runs",6}");
        foreach (var (peer, samples) in results.OrderBy(result => result.Value.Median))
            Console.WriteLine(Invariant($"{peer.Name,-22} {samples.Median.TotalMilliseconds,10:F1} {samples.Fastest.TotalMilliseconds,10:F1} {samples.Count,6}"));
        if (results.FirstOrDefault(result => result.Key.IsOurs).Value is not { } ours)
            return;
        foreach (var (peer, samples) in results.Where(result => !result.Key.IsOurs))
            Console.WriteLine(Invariant($"RATIO {name}-vs-{peer.Name} {samples.Median / ours.Median:F1}"));
    }
}
