using System.Diagnostics;
using System.Reflection;
using Xunit;

namespace ContainerKit.Testing.Tests.Processes;

/// <summary>The sample's tests pass, in a process of their own, where the image is there under its published name.</summary>
public sealed class SampleTests(TestBed bed)
{
    [Fact]
    public async Task Sample_of_a_xunit_project_passes()
    {
        await bed.RequirePostgresAsync();
        string name = typeof(SampleTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == "Sample").Value!;
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, name)))
            root = root.Parent;
        Assert.SkipWhen(root is null, $"missing capability: the repository with {name} above {AppContext.BaseDirectory}");

        var start = new ProcessStartInfo("dotnet", [Path.Combine(root!.FullName, name), "-noColor"]) { RedirectStandardOutput = true };
        start.Environment[TestEngine.DataRootVariable] = bed.DataRoot;
        using Process run = Process.Start(start)!;
        string output = await run.StandardOutput.ReadToEndAsync(TestBed.Token);
        await run.WaitForExitAsync(TestBed.Token);

        Assert.True(run.ExitCode == 0, output);
        Assert.Contains("Total: 3, Errors: 0, Failed: 0, Skipped: 0", output, StringComparison.Ordinal);
    }
}
