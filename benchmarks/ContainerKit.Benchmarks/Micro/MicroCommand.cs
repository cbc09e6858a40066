using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace ContainerKit.Benchmarks.Micro;

/// <summary><c>micro</c>: what happens inside one process, by BenchmarkDotNet.</summary>
internal static class MicroCommand
{
    /// <summary>Runs the benchmarks that match a filter, all without one.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        // BenchmarkDotNet 0.14 can't generate a project for net10.0, so the benchmarks run in this process.
        var config = DefaultConfig.Instance
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .WithOptions(ConfigOptions.DisableOptimizationsValidator | ConfigOptions.JoinSummary);
        string[] filter = arguments.IsEmpty ? ["--filter", "*"] : ["--filter", .. arguments];
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(filter, config).ToList();
        return summaries.Count > 0 && summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success))
            ? 0
            : 1;
    }
}
