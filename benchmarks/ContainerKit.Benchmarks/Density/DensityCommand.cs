using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;

namespace ContainerKit.Benchmarks.Density;

/// <summary><c>compare density</c>: what a running, idle container costs outside of itself.</summary>
internal static class DensityCommand
{
    /// <summary>Measures each peer that has such a cost, one after the other, and prints the table.</summary>
    /// <returns>0; 1 when a peer failed or something was left behind.</returns>
    public static async Task<int> RunAsync(CompareOptions options, CancellationToken cancellationToken)
    {
        var peers = PeerCatalog.Create(options.Peers).OfType<IDensityPeer>().ToList();
        await AbandonedWorkspaces.RemoveAsync(cancellationToken);
        var leftovers = new LeftoverCheck();
        var workspace = Workspace.Create();
        var succeeded = false;
        try
        {
            var rootfs = BusyboxRootfs.Create(workspace);
            MachineReport.Print();
            Console.WriteLine("peers");
            await using var set = new PeerSet<IDensityPeer>();
            await set.PrepareAsync(peers, peer => peer.TryPrepareAsync(workspace, rootfs, cancellationToken));
            succeeded = await MeasureAllAsync(set, options, cancellationToken);
        }
        finally
        {
            await workspace.DisposeAsync();
            succeeded &= leftovers.Report(workspace);
        }
        return succeeded ? 0 : 1;
    }

    private static async Task<bool> MeasureAllAsync(PeerSet<IDensityPeer> set, CompareOptions options, CancellationToken cancellationToken)
    {
        List<DensityResult> results = [];
        await set.ForEachAsync(
            async peer => results.Add(await MeasureAsync(peer, peer.IsOurs ? options.Count : options.PeerCount, options.WarmUp, cancellationToken)), cancellationToken);
        Print(results);
        foreach (var failure in set.Failures)
            Console.WriteLine($"FAILED {failure}");
        return set.Failures.Count == 0;
    }

    private static async Task<DensityResult> MeasureAsync(IDensityPeer peer, int count, int warmUp, CancellationToken cancellationToken)
    {
        // Compiled code, pools and the like are not a cost of the containers.
        for (var i = 0; i < warmUp; i++)
        {
            await peer.RunOnceAsync(cancellationToken);
            await peer.SettleAsync(cancellationToken);
        }

        var before = HostCost.Measure(peer.HostProcesses());
        await peer.StartManyAsync(count, cancellationToken);
        return new DensityResult(peer, count, before, HostCost.Measure(peer.HostProcesses()));
    }

    private static void Print(List<DensityResult> results)
    {
        Console.WriteLine();
        Console.WriteLine($"{"density",-14} {"containers",10} {"KiB each",10} {"processes",12} {"threads",14}");
        foreach (var result in results.OrderBy(result => result.KibPerContainer))
        {
            Console.WriteLine(
                $"{result.Peer.Name,-14} {result.Containers,10} {result.KibPerContainer,10:F1} "
                + $"{$"{result.Before.Processes} -> {result.After.Processes}",12} {$"{result.Before.Threads} -> {result.After.Threads}",14}");
        }
        if (results.FirstOrDefault(result => result.Peer.IsOurs) is not { } ours)
            return;
        Console.WriteLine();
        foreach (var other in results.Where(result => !result.Peer.IsOurs))
            Console.WriteLine($"RATIO density-vs-{other.Peer.Name} {other.KibPerContainer / ours.KibPerContainer:F1}");
    }
}
