using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Density;

/// <summary>What a set of host processes costs at one moment.</summary>
/// <param name="Processes">How many there are.</param>
/// <param name="PrivateKib">Memory that they alone use, in KiB.</param>
/// <param name="Threads">Their threads.</param>
internal readonly record struct HostCost(int Processes, long PrivateKib, int Threads)
{
    /// <summary>Measures processes now. When this process is one of them its garbage is collected first, so that what
    /// remains is what the containers hold.</summary>
    public static HostCost Measure(IReadOnlyCollection<int> processes)
    {
        if (processes.Contains(Environment.ProcessId))
            CollectGarbage();
        return new HostCost(processes.Count, processes.Sum(ProcessTable.PrivateKibOf), processes.Sum(ProcessTable.ThreadsOf));
    }

    private static void CollectGarbage()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
    }
}
