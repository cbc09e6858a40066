using System.Runtime.InteropServices;
using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>A .NET program in a view of this machine, with the runtime that runs the tests.</summary>
public sealed class DotnetTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_runs_and_its_exit_code_comes_back()
    {
        ExecResult result = await fixture.Engine.Containers.RunAsync(await CreateSpecAsync(), cancellationToken: Token);

        Assert.Equal("", result.StandardError);
        long[] numbers = Parse(result);
        Assert.Equal(3, numbers.Length);
        Assert.Equal(1, numbers[2]);
        Assert.Equal(MinimalProgram.ExitCode, result.ExitCode);
    }

    [Fact]
    public async Task The_collector_and_the_scheduler_know_the_limits()
    {
        ContainerSpec spec = (await CreateSpecAsync()).WithMemoryLimit(ByteSize.MiB(256)).WithCpuLimit(1);
        ExecResult result;
        try
        {
            result = await fixture.Engine.Containers.RunAsync(spec, cancellationToken: Token);
        }
        catch (UnsupportedException e) when (fixture.Engine.IsRootless)
        {
            Assert.Skip("missing capability: a delegated cgroup: " + e.Message);
            return;
        }

        // The collector takes three quarters of a container's memory.
        Assert.Equal(("", MinimalProgram.ExitCode), (result.StandardError, result.ExitCode));
        Assert.Equal([ByteSize.MiB(192).Bytes, 1, 1], Parse(result));
    }

    [Fact]
    public async Task Dotnet_tells_about_itself()
    {
        ContainerSpec spec = (await CreateSpecAsync()).WithCommand(Path.Combine(DotnetRoot, "dotnet"), "--list-runtimes");

        ExecResult result = await fixture.Engine.Containers.RunAsync(spec, cancellationToken: Token);

        Assert.Contains($"Microsoft.NETCore.App {Environment.Version} ", result.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(("", 0), (result.StandardError, result.ExitCode));
    }

    /// <summary>The runtime's directory is <c>ROOT/shared/Microsoft.NETCore.App/VERSION</c>.</summary>
    private static string DotnetRoot => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    private async Task<ContainerSpec> CreateSpecAsync()
    {
        Assert.SkipUnless(File.Exists(Path.Combine(DotnetRoot, "dotnet")), "missing capability: a shared .NET runtime with its dotnet command");
        string directory = Directory.CreateDirectory(Path.Combine(fixture.Directory, Guid.NewGuid().ToString("n"))).FullName;
        MinimalProgram.Write(directory);
        Image machine = await fixture.Engine.Images.FromDirectoryAsync("/", Token);
        return ContainerSpec.FromImage(machine)
            .WithBind(directory, "/app", readOnly: true)
            .WithEnvironment("DOTNET_ROOT", DotnetRoot)
            .WithEnvironment("DOTNET_NOLOGO", "1")
            .WithWorkingDirectory("/app")
            .WithCommand(Path.Combine(DotnetRoot, "dotnet"), "program.dll");
    }

    private static long[] Parse(ExecResult result)
        => [.. result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => long.Parse(line, null))];
}
