using System.Diagnostics;
using ContainerKit.IntegrationTests.Programs;
using ContainerKit.IntegrationTests.Stress;
using Xunit;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>A dockerd with its rules of iptables on the same machine: both keep working.</summary>
[Collection(StressCollection.Name)]
public sealed class CoexistenceTests
{
    [Fact]
    public async Task Engine_and_dockerd_work_side_by_side()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "missing capability: root, for dockerd");
        BusyboxFixture.RequireBusybox();
        string unshare = Capability.Require("unshare", "util-linux");
        Capability.Require("dockerd", "docker.io");
        Capability.Require("iptables", "iptables");
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(10));
        string home = Directory.CreateTempSubdirectory("ck-co-").FullName;
        try
        {
            string program = Environment.ProcessPath!;
            string[] arguments = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(CoexistenceTests).Assembly.Location] : [program];
            ProcessStartInfo start = new(unshare, ["--net", "--", .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment[CoexistenceWorker.Variable] = home;
            using Process worker = Process.Start(start)!;
            worker.StandardInput.Close();
            Task<string> errors = worker.StandardError.ReadToEndAsync(limit.Token);
            string output = await worker.StandardOutput.ReadToEndAsync(limit.Token);
            await worker.WaitForExitAsync(limit.Token);
            Assert.SkipWhen(worker.ExitCode == 2, output.Trim().Replace("$XunitDynamicSkip$", "", StringComparison.Ordinal));
            Assert.True(worker.ExitCode == 0, output + await errors);
            Assert.Equal("both work", output.Trim());
        }
        finally
        {
            await Capability.RunAsync("rm", ["-rf", home], CancellationToken.None);
        }
    }
}
