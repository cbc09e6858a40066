using System.Diagnostics;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Comparison;

/// <summary><c>compare start</c> and <c>compare exec</c>.</summary>
internal static class CompareCommand
{
    /// <summary>Runs the comparison and prints it.</summary>
    /// <returns>0; 1 when a peer failed on the way or something was left behind.</returns>
    public static async Task<int> RunAsync(Scenario scenario, CompareOptions options, CancellationToken cancellationToken)
    {
        var peers = PeerCatalog.Create(options.Peers);
        foreach (var peer in peers)
            peer.UsesDefaultNetwork = scenario == Scenario.StartBridge;
        await AbandonedWorkspaces.RemoveAsync(cancellationToken);
        var leftovers = new LeftoverCheck();
        var workspace = Workspace.Create();
        var succeeded = false;
        try
        {
            var rootfs = BusyboxRootfs.Create(workspace);
            MachineReport.Print();
            Console.WriteLine("peers");
            await using var set = new PeerSet<IPeer>();
            await set.PrepareAsync(peers, peer => peer.TryPrepareAsync(workspace, rootfs, cancellationToken));
            succeeded = await MeasureAsync(set, scenario, options, rootfs, cancellationToken);
        }
        finally
        {
            await workspace.DisposeAsync();
            succeeded &= leftovers.Report(workspace);
        }
        return succeeded ? 0 : 1;
    }

    private static async Task<bool> MeasureAsync(
        PeerSet<IPeer> set, Scenario scenario, CompareOptions options, BusyboxRootfs rootfs, CancellationToken cancellationToken)
    {
        var floor = CommandFloor(rootfs, options.Runs, cancellationToken);
        var run = new InterleavedRun(set, scenario, options);
        await run.RunAsync(cancellationToken);

        LatencyTable.Print(scenario, run.Samples);
        Console.WriteLine();
        Console.WriteLine(
            $"Starting a command and waiting for it takes {floor.Median.TotalMilliseconds:F2} ms here (a static /bin/true, no container); "
            + "this is part of the figures of every peer but ours.");
        LatencyTable.PrintRatios(scenario, run.Samples);
        foreach (var failure in set.Failures)
            Console.WriteLine($"FAILED {failure}");
        return set.Failures.Count == 0;
    }

    private static LatencySamples CommandFloor(BusyboxRootfs rootfs, int runs, CancellationToken cancellationToken)
    {
        var command = new ExternalCommand(Path.Combine(rootfs.DirectoryPath, "bin/true"));
        var samples = new LatencySamples();
        for (var i = 0; i < runs; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            command.Run();
            samples.Add(Stopwatch.GetElapsedTime(started));
        }
        return samples;
    }
}
