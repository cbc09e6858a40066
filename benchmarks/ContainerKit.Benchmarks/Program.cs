using System.Runtime.Versioning;
using ContainerKit.Benchmarks.Building;
using ContainerKit.Benchmarks.CommandLine;
using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Density;
using ContainerKit.Benchmarks.Distribution;
using ContainerKit.Benchmarks.Fixtures;
using ContainerKit.Benchmarks.Micro;
using ContainerKit.Benchmarks.Registries;
using ContainerKit.Benchmarks.Traffic;
using ContainerKit.Benchmarks.Transfer;

[assembly: SupportedOSPlatform("linux")]

namespace ContainerKit.Benchmarks;

/// <summary>The entry point: <c>compare</c> runs side by side with other engines, <c>micro</c> runs BenchmarkDotNet.</summary>
internal static class Program
{
    private const string Usage = """
        usage: compare start|exec|net [--runs N] [--warmup N] [--pause MS] [--peers A,B]
               compare traffic    [--runs N] [--only forwarder,kernel,names]  (the second part of net: throughput, latency and names)
               compare density    [--count N] [--peer-count N] [--peers A,B]
               compare cp|logs|stats [--runs N] [--warmup N] [--peers A,B]
               compare pull|push|unpack|commit [--runs N] [--warmup N] [--peers A,B]
               compare build [context] [--runs N] [--warmup N] [--peers A,B]
               compare open [--runs N]
               compare registry   [--runs N] [--warmup N]
               compare cli  [--runs N] [--warmup N] [--count CONTAINERS] [--log-size MIB] [--only exec,logs,memory]  (docker's command line against ckit serve and dockerd)
               compare fixture [--runs N] [--warmup N] (a PostgreSQL for a test: from a snapshot, from the image, by docker's API)
               micro [BenchmarkDotNet filter, such as *Seccomp*]

        Run it as a Release build:
          dotnet run -c Release --project benchmarks/ContainerKit.Benchmarks -- compare start
        """;

    /// <summary>A run takes seconds.</summary>
    private static readonly string[] s_fewRuns = ["--runs", "5", "--warmup", "1"];

    private static async Task<int> Main(string[] arguments)
    {
        using var interrupted = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            interrupted.Cancel();
        };

        try
        {
            return arguments switch
            {
                ["compare", "density", .. var rest] => await DensityCommand.RunAsync(CompareOptions.Parse(rest), interrupted.Token),
                ["compare", "cp", .. var rest] => await TransferCommand.RunAsync(TransferKind.Cp, CompareOptions.Parse(["--runs", "5", "--warmup", "1", .. rest]), interrupted.Token),
                ["compare", "logs", .. var rest] => await TransferCommand.RunAsync(TransferKind.Logs, CompareOptions.Parse(["--runs", "3", "--warmup", "1", .. rest]), interrupted.Token),
                ["compare", "stats", .. var rest] => await TransferCommand.RunAsync(TransferKind.Stats, CompareOptions.Parse(["--runs", "20", "--warmup", "3", .. rest]), interrupted.Token),
                ["compare", "pull", .. var rest] => await ImageCommand.RunAsync(ImageScenario.Pull, CompareOptions.Parse([.. s_fewRuns, .. rest]), interrupted.Token),
                ["compare", "push", .. var rest] => await ImageCommand.RunAsync(ImageScenario.Push, CompareOptions.Parse([.. s_fewRuns, .. rest]), interrupted.Token),
                ["compare", "unpack", .. var rest] => await ImageCommand.RunAsync(ImageScenario.Unpack, CompareOptions.Parse([.. s_fewRuns, .. rest]), interrupted.Token),
                ["compare", "commit", .. var rest] => await ImageCommand.RunAsync(ImageScenario.Commit, CompareOptions.Parse([.. s_fewRuns, .. rest]), interrupted.Token),
                ["compare", "build", "context", .. var rest] => await BuildCommand.RunAsync(onlyContext: true, CompareOptions.Parse([.. s_fewRuns, .. rest]), interrupted.Token),
                ["compare", "build", .. var rest] => await BuildCommand.RunAsync(onlyContext: false, CompareOptions.Parse([.. s_fewRuns, .. rest]), interrupted.Token),
                ["compare", "open", .. var rest] => await OpenCommand.RunAsync(CompareOptions.Parse(["--runs", "15", "--warmup", "3", .. rest]), interrupted.Token),
                ["compare", "registry", .. var rest] => await RegistryCommand.RunAsync(CompareOptions.Parse(["--runs", "3", "--warmup", "1", .. rest]), interrupted.Token),
                ["compare", "fixture", .. var rest] => await FixtureCommand.RunAsync(CompareOptions.Parse(["--runs", "20", "--warmup", "2", .. rest]), interrupted.Token),
                [OpenCommand.Worker, var dataRoot] => await OpenCommand.WorkAsync(dataRoot, interrupted.Token),
                ["compare", "cli", .. var rest] => await CommandLineCommand.RunAsync(CompareOptions.Parse(["--runs", "20", "--warmup", "15", "--count", "200", .. rest]), interrupted.Token),
                ["compare", "start", .. var rest] =>
                    await CompareCommand.RunAsync(Scenario.Start, CompareOptions.Parse(rest), interrupted.Token),
                ["compare", "net", .. var rest] =>
                    await CompareCommand.RunAsync(Scenario.StartBridge, CompareOptions.Parse(["--peers", "containerkit,docker", .. rest]), interrupted.Token)
                    + await TrafficCommand.RunAsync(CompareOptions.Parse(["--runs", "3"])),
                ["compare", "traffic", .. var rest] => await TrafficCommand.RunAsync(CompareOptions.Parse(["--runs", "3", .. rest])),
                [TrafficCommand.Worker, var rounds, var only] => await TrafficCommand.WorkAsync(CompareOptions.Parse(["--runs", rounds, "--only", only]), interrupted.Token),
                ["compare", "exec", .. var rest] =>
                    await CompareCommand.RunAsync(Scenario.Exec, CompareOptions.Parse(rest), interrupted.Token),
                ["micro", .. var rest] => MicroCommand.Run(rest),
                _ => ShowUsage(),
            };
        }
        catch (FormatException badOption)
        {
            Console.Error.WriteLine(badOption.Message);
            return ShowUsage();
        }
        catch (PlatformNotSupportedException missing)
        {
            Console.Error.WriteLine(missing.Message);
            return 2;
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            Console.Error.WriteLine("interrupted");
            return 130;
        }
    }

    private static int ShowUsage()
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }
}
