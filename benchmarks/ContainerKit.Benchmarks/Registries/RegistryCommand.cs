using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;
using static System.FormattableString;

namespace ContainerKit.Benchmarks.Registries;

/// <summary><c>compare registry</c>: our registry beside Debian's docker-registry, in turn, each round with an empty directory.</summary>
internal static class RegistryCommand
{
    /// <summary>Measures and prints it.</summary>
    /// <returns>0; 1 when something was left behind.</returns>
    public static async Task<int> RunAsync(CompareOptions options, CancellationToken cancellationToken)
    {
        await AbandonedWorkspaces.RemoveAsync(cancellationToken);
        var leftovers = new LeftoverCheck();
        var workspace = Workspace.Create();
        var succeeded = false;
        try
        {
            MachineReport.Print();
            Console.WriteLine($"all files are on {await workspace.TryMountFileSystemAsync(cancellationToken)}");
            var load = new RegistryLoad();
            Console.WriteLine(Invariant($"registry: {load.Bytes >> 20} MiB in blobs of 1, 20 and 100 MiB, 8 clients"));
            List<RegistryFigures> ours = [], theirs = [];
            for (var round = -options.WarmUp; round < options.Runs; round++)
            {
                var own = await MeasureAsync(RegistryPeer.StartOwnAsync, "containerkit");
                var other = await MeasureAsync(RegistryPeer.StartDebianAsync, "docker-registry");
                if (round < 0)
                    continue;
                ours.Add(own);
                theirs.Add(other);
            }

            RegistryFigures our = RegistryFigures.MedianOf(ours), their = RegistryFigures.MedianOf(theirs);
            Console.WriteLine(Invariant($"{"containerkit",-16} {our}"));
            Console.WriteLine(Invariant($"{"docker-registry",-16} {their}"));
            Console.WriteLine(Invariant($"RATIO registry-push {their.PushSeconds / our.PushSeconds:F2}"));
            Console.WriteLine(Invariant($"RATIO registry-pull {their.PullSeconds / our.PullSeconds:F2}"));
            Console.WriteLine(Invariant($"RATIO registry-manifests {our.ManifestsPerSecond / their.ManifestsPerSecond:F2}"));
            Console.WriteLine(Invariant($"RATIO registry-memory {their.PeakMemory / our.PeakMemory:F2}"));
            succeeded = true;

            async Task<RegistryFigures> MeasureAsync(Func<Workspace, string, CancellationToken, Task<RegistryPeer>> start, string name)
            {
                var directory = Invariant($"{name}-{Guid.NewGuid():N}");
                await new ExternalCommand("/bin/sync").CaptureSuccessAsync(cancellationToken);
                RegistryFigures figures;
                await using (var peer = await start(workspace, directory, cancellationToken))
                    figures = RegistryFigures.Measure(peer, load);
                Directory.Delete(workspace.PathOf(directory), recursive: true);
                Console.WriteLine(Invariant($"  {name,-16} {figures}"));
                return figures;
            }
        }
        finally
        {
            await workspace.DisposeAsync();
            succeeded &= leftovers.Report(workspace);
        }

        return succeeded ? 0 : 1;
    }
}
