using System.Diagnostics;
using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;
using static System.FormattableString;
using CompareOptions = ContainerKit.Benchmarks.Comparison.CompareOptions;

namespace ContainerKit.Benchmarks.Transfer;

/// <summary>
/// <c>compare cp</c>, <c>compare logs</c> and <c>compare stats</c>: how fast bytes get into, out of and from a container, and what is known of it.
/// </summary>
internal static class TransferCommand
{
    private const int SmallFiles = 4000;
    private const int SmallFileSize = 8 << 10;
    private const int LargeFiles = 4;
    private const int LargeFileSize = 32 << 20;
    private const int LineLength = 128;
    private const int ChunkSize = 64 << 20;
    private const int Chunks = 16;

    private static int s_round;

    /// <summary>Runs the comparison and prints it.</summary>
    /// <returns>0; 1 when a peer failed on the way or something was left behind.</returns>
    public static async Task<int> RunAsync(TransferKind kind, CompareOptions options, CancellationToken cancellationToken)
    {
        var peers = PeerCatalog.Create(options.Peers).OfType<ITransferPeer>().ToList();
        await AbandonedWorkspaces.RemoveAsync(cancellationToken);
        var leftovers = new LeftoverCheck();
        var workspace = Workspace.Create();
        var succeeded = false;
        try
        {
            var fileSystem = await workspace.TryMountFileSystemAsync(cancellationToken);
            var rootfs = BusyboxRootfs.Create(workspace);
            MachineReport.Print();
            Console.WriteLine($"files on {fileSystem}");
            Console.WriteLine("peers");
            await using var set = new PeerSet<ITransferPeer>();
            await set.PrepareAsync(peers, peer => peer.TryPrepareAsync(workspace, rootfs, cancellationToken));
            succeeded = await MeasureAsync(set, kind, options, workspace, cancellationToken);
        }
        finally
        {
            await workspace.DisposeAsync();
            succeeded &= leftovers.Report(workspace);
        }
        return succeeded ? 0 : 1;
    }

    private static async Task<bool> MeasureAsync(PeerSet<ITransferPeer> set, TransferKind kind, CompareOptions options, Workspace workspace, CancellationToken cancellationToken)
    {
        Func<ITransferPeer, Task<TimeSpan>> run = kind switch
        {
            TransferKind.Cp => await PrepareCopyAsync(set, workspace, cancellationToken),
            TransferKind.Stats => await PrepareStatsAsync(set, cancellationToken),
            _ => PrepareLog(workspace, cancellationToken),
        };
        Dictionary<IPeer, LatencySamples> samples = [];
        for (var round = -options.WarmUp; round < options.Runs; round++)
        {
            var isMeasured = round >= 0;
            await set.ForEachAsync(
                async peer =>
                {
                    await Task.Delay(options.Pause, cancellationToken);
                    var duration = await run(peer);
                    if (isMeasured)
                        (samples.TryGetValue(peer, out var known) ? known : samples[peer] = new LatencySamples()).Add(duration);
                    await peer.SettleAsync(cancellationToken);
                },
                cancellationToken);
        }
        Print(kind, samples.Where(result => set.Ready.Contains(result.Key)).ToDictionary());
        foreach (var failure in set.Failures)
            Console.WriteLine($"FAILED {failure}");
        return set.Failures.Count == 0;
    }

    private static async Task<Func<ITransferPeer, Task<TimeSpan>>> PrepareCopyAsync(PeerSet<ITransferPeer> set, Workspace workspace, CancellationToken cancellationToken)
    {
        foreach (var peer in set.Ready)
            await peer.StartLongRunningAsync(cancellationToken);
        var tree = CreateTree(workspace);
        Console.WriteLine($"cp: {SmallFiles} files of {SmallFileSize >> 10} KiB and {LargeFiles} of {LargeFileSize >> 20} MiB, into a running container and out of it");
        return async peer =>
        {
            var name = Invariant($"round-{s_round++}");
            var target = workspace.CreateDirectory(name);
            // What others have written is not written to the disk while the next is measured.
            await new ExternalCommand("/bin/sync").CaptureSuccessAsync(cancellationToken);
            var started = Stopwatch.GetTimestamp();
            await peer.CopyInAsync(tree, "/" + name, cancellationToken);
            await peer.CopyOutAsync("/" + name, target, cancellationToken);
            var duration = Stopwatch.GetElapsedTime(started);
            if (Directory.GetFiles(target, "*", SearchOption.AllDirectories).Length != SmallFiles + LargeFiles)
                throw new PeerFailedException($"{peer.Name} lost files");
            Directory.Delete(target, recursive: true);
            await peer.RemoveFilesAsync("/" + name, cancellationToken);
            return duration;
        };
    }

    private static async Task<Func<ITransferPeer, Task<TimeSpan>>> PrepareStatsAsync(PeerSet<ITransferPeer> set, CancellationToken cancellationToken)
    {
        foreach (var peer in set.Ready)
            await peer.StartLongRunningAsync(cancellationToken);
        Console.WriteLine("stats: from the question to the first sample (docker stats --no-stream). Docker's has the processor's share, for which the daemon");
        Console.WriteLine("       measures twice, a second apart; ours is a single measurement, and has the share from the second sample of a stream on");
        return async peer =>
        {
            var started = Stopwatch.GetTimestamp();
            await peer.SampleAsync(cancellationToken);
            return Stopwatch.GetElapsedTime(started);
        };
    }

    private static Func<ITransferPeer, Task<TimeSpan>> PrepareLog(Workspace workspace, CancellationToken cancellationToken)
    {
        var chunk = workspace.PathOf("chunk");
        var line = new byte[LineLength];
        Array.Fill(line, (byte)'x');
        line[^1] = (byte)'\n';
        using (var file = File.Create(chunk))
        {
            for (var i = 0; i < ChunkSize / LineLength; i++)
                file.Write(line);
        }
        Console.WriteLine($"logs: {(long)Chunks * ChunkSize >> 20} MiB in lines of {LineLength} bytes, to the log and to a follower");
        return async peer =>
        {
            var started = Stopwatch.GetTimestamp();
            await peer.LogAsync(chunk, Chunks, cancellationToken);
            return Stopwatch.GetElapsedTime(started);
        };
    }

    private static string CreateTree(Workspace workspace)
    {
        var tree = workspace.CreateDirectory("tree");
        var random = new Random(1);
        var content = new byte[LargeFileSize];
        random.NextBytes(content);
        for (var i = 0; i < SmallFiles; i++)
        {
            var directory = Directory.CreateDirectory(Path.Combine(tree, Invariant($"d{i / 100}"))).FullName;
            using var file = File.Create(Path.Combine(directory, Invariant($"file-{i}")));
            file.Write(content, random.Next(LargeFileSize - SmallFileSize), SmallFileSize);
        }
        for (var i = 0; i < LargeFiles; i++)
            File.WriteAllBytes(Path.Combine(tree, Invariant($"large-{i}")), content);
        return tree;
    }

    private static void Print(TransferKind kind, Dictionary<IPeer, LatencySamples> results)
    {
        var name = kind.ToString().ToLowerInvariant();
        Console.WriteLine();
        Console.WriteLine($"{name,-14} {"median ms",10} {"fastest",10} {"runs",6}");
        foreach (var (peer, samples) in results.OrderBy(result => result.Value.Median))
            Console.WriteLine($"{peer.Name,-14} {samples.Median.TotalMilliseconds,10:F2} {samples.Fastest.TotalMilliseconds,10:F2} {samples.Count,6}");
        if (results.FirstOrDefault(result => result.Key.IsOurs).Value is not { } ours)
            return;
        Console.WriteLine();
        foreach (var (peer, samples) in results.Where(result => !result.Key.IsOurs))
            Console.WriteLine($"RATIO {name}-vs-{peer.Name} {samples.Median / ours.Median:F1}");
    }
}
