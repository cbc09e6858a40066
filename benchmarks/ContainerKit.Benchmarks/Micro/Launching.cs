using BenchmarkDotNet.Attributes;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Launching;

namespace ContainerKit.Benchmarks.Micro;

/// <summary>The least that a start can cost: a launch program that only executes <c>/bin/true</c>, from building it to the
/// exit status. What a container takes beyond this is namespaces, mounts, cgroups and records on disk.</summary>
[MemoryDiagnoser]
public class Launching
{
    private readonly string[] _arguments = ["true"];

    [Benchmark]
    public async Task<ProcessExit> BuildStartAndWait()
    {
        var process = await ProcessLauncher.StartAsync(Build(), new LaunchDescriptors());
        using var handle = process.Handle;
        return await handle.WaitAsync();
    }

    [Benchmark]
    public LaunchProgram Build()
    {
        var builder = new LaunchProgramBuilder();
        builder.Stage("execute");
        builder.CloseOnExecute();
        builder.Execute(["/bin/true"], _arguments, ["PATH=/bin"], "true");
        return builder.Build();
    }
}
