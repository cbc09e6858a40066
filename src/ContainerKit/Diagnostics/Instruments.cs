using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace ContainerKit.Diagnostics;

/// <summary>What is measured. One set for all engines of the process: they come and go, what collects stays.</summary>
internal static class Instruments
{
    /// <summary>Where it ends depends on the machine: from a millisecond with prepared containers to minutes for a pull.</summary>
    private static readonly InstrumentAdvice<double> s_durations = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    };

    private static readonly string? s_version = typeof(Instruments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
    private static readonly Meter s_meter = new(ContainerKitDiagnostics.MeterName, s_version);
    private static long s_running;

    internal static ActivitySource Source { get; } = new(ContainerKitDiagnostics.ActivitySourceName, s_version);

    internal static Counter<long> Created { get; } = s_meter.CreateCounter<long>("containerkit.container.created", "{container}", "Containers that were created.");

    internal static Counter<long> Started { get; } = s_meter.CreateCounter<long>("containerkit.container.started", "{container}", "Containers that were started, by a restart policy, too.");

    internal static Counter<long> Exited { get; } = s_meter.CreateCounter<long>("containerkit.container.exited", "{container}", "Containers whose first process has ended.");

    /// <summary>Counted always, as a listener that comes later wants to know of those that run already.</summary>
    internal static ObservableUpDownCounter<long> Running { get; } = s_meter.CreateObservableUpDownCounter(
        "containerkit.container.running", static () => Volatile.Read(ref s_running), "{container}", "Containers that this process watches now.");

    internal static Histogram<double> StartDuration { get; } = CreateDuration("containerkit.container.start.duration", "Starting a container, until its process runs.");

    internal static Histogram<double> WaitDuration { get; } = CreateDuration("containerkit.container.wait.duration", "Waiting until a container is ready.");

    internal static Histogram<double> ExecDuration { get; } = CreateDuration("containerkit.exec.duration", "Commands in running containers, from the call to their end.");

    internal static Histogram<double> PullDuration { get; } = CreateDuration("containerkit.image.pull.duration", "Pulls of images.");

    internal static Counter<long> PulledBytes { get; } = s_meter.CreateCounter<long>("containerkit.image.pull.size", "By", "Bytes of layers that registries have sent.");

    internal static Histogram<double> PushDuration { get; } = CreateDuration("containerkit.image.push.duration", "Pushes of images.");

    internal static Histogram<double> BuildDuration { get; } = CreateDuration("containerkit.build.duration", "Builds of images.");

    internal static Counter<long> BuildSteps { get; } = s_meter.CreateCounter<long>("containerkit.build.steps", "{step}", "Steps of builds, by whether the cache had them.");

    /// <summary>Makes them beside what an engine does first: in a fresh process they take some milliseconds, which the first container is not to wait for.</summary>
    internal static void Prepare() => ThreadPool.UnsafeQueueUserWorkItem(static _ => _ = Started.Enabled, null);

    internal static void BeginRun() => Interlocked.Increment(ref s_running);

    internal static void EndRun() => Interlocked.Decrement(ref s_running);

    /// <summary>Counts an exit by its kind.</summary>
    internal static void CountExit(int exitCode, int? signal, bool outOfMemory)
    {
        if (Exited.Enabled)
            Exited.Add(1, new KeyValuePair<string, object?>(TagNames.ExitKind, KindOf(exitCode, signal, outOfMemory)));
    }

    internal static string KindOf(int exitCode, int? signal, bool outOfMemory = false)
        => outOfMemory ? "out_of_memory" : signal is not null ? "signal" : exitCode == 0 ? "success" : "error";

    private static Histogram<double> CreateDuration(string name, string description) => s_meter.CreateHistogram(name, "s", description, tags: null, s_durations);
}
