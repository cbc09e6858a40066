using System.Diagnostics;
using System.Globalization;
using ContainerKit.Testing.Tests.Images;
using Xunit;

namespace ContainerKit.Testing.Tests.Processes;

/// <summary>Test runs on one data root: at the same time, and killed.</summary>
public sealed class ProcessTests : IAsyncLifetime
{
    private const string ImageName = "shell:test";
    private const int AtOnce = 4;
    private readonly string _directory = Directory.CreateTempSubdirectory("ck-runs-").FullName;

    private string DataRoot => Path.Combine(_directory, "data");

    private static CancellationToken Token => TestBed.Token;

    public async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(_directory, (UnixFileMode)Convert.ToInt32("755", 8));
        Assert.SkipUnless(File.Exists("/usr/bin/busybox") || File.Exists("/bin/busybox"), "missing capability: busybox (package busybox-static)");
        await using ContainerEngine engine = await OpenAsync();
        await new MachineImage().ImportAsync(engine, ImageName, new() { Env = ["PATH=/usr/bin"] }, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await using (ContainerEngine engine = await OpenAsync())
        {
            foreach (Image image in await engine.Images.ListAsync())
                await engine.Images.RemoveAsync(image.Id.ToString(), force: true);
        }

        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Four_test_runs_on_one_data_root_do_not_disturb_each_other()
    {
        Process[] runs = [.. Enumerable.Range(0, AtOnce).Select(_ => Start())];
        try
        {
            foreach (Process run in runs)
                Assert.Equal(TestRun.Ready, await run.StandardOutput.ReadLineAsync(Token));
            foreach (Process run in runs)
            {
                run.StandardInput.Close();
                await run.WaitForExitAsync(Token);
                Assert.Equal(0, run.ExitCode);
            }
        }
        finally
        {
            await EndAsync(runs);
        }

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task What_a_killed_test_run_leaves_is_gone_when_the_next_one_opens()
    {
        Process survivor = Start();
        Process killed = Start();
        try
        {
            Assert.Equal(TestRun.Ready, await killed.StandardOutput.ReadLineAsync(Token));
            Assert.Equal(TestRun.Ready, await survivor.StandardOutput.ReadLineAsync(Token));
            killed.Kill();
            await killed.WaitForExitAsync(Token);
            await using (ContainerEngine engine = await OpenAsync())
            {
                // What is left is that of the one that lives: nothing of it was taken away.
                await RunOwner.RemoveOrphansAsync(engine);
                Assert.Equal(2, (await engine.Images.ListAsync(Token)).Count);
                int containers = (await engine.Containers.ListAsync(Token)).Count;
                Assert.Contains(containers, new[] { 1, 3 });
            }

            survivor.StandardInput.Close();
            await survivor.WaitForExitAsync(Token);
            Assert.Equal(0, survivor.ExitCode);
        }
        finally
        {
            await EndAsync(survivor, killed);
        }

        await AssertNothingIsLeftAsync();
    }

    private static async Task EndAsync(params Process[] runs)
    {
        foreach (Process run in runs)
        {
            if (!run.HasExited)
            {
                run.Kill();
                await run.WaitForExitAsync(CancellationToken.None);
            }

            run.Dispose();
        }
    }

    private Task<ContainerEngine> OpenAsync() => ContainerEngine.OpenAsync(new EngineOptions { DataRoot = DataRoot }, Token);

    private Process Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(ProcessTests).Assembly.Location);
        start.Environment[TestRun.Variable] = ImageName;
        start.Environment[TestEngine.DataRootVariable] = DataRoot;
        return Process.Start(start)!;
    }

    /// <summary>No container, no network, no snapshot, no directory, no cgroup of this data root's containers.</summary>
    private async Task AssertNothingIsLeftAsync()
    {
        await using ContainerEngine engine = await OpenAsync();
        Assert.Empty(await engine.Containers.ListAsync(Token));
        Assert.Single(await engine.Images.ListAsync(Token));
        Assert.DoesNotContain(await engine.Networks.ListAsync(cancellationToken: Token), network => !network.IsPredefined);
        VerificationReport report = await engine.VerifyAsync(cancellationToken: Token);
        Assert.True(report.IsClean, string.Join('\n', report.Problems.Select(problem => string.Create(CultureInfo.InvariantCulture, $"{problem.Kind} {problem.Path}: {problem.Description}"))));
    }
}
