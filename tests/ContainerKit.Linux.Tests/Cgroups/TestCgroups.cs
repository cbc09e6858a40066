using System.Diagnostics;
using ContainerKit.Linux.Cgroups;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>A host whose cgroups are below a parent of this test's own, and shells that run in them. Removes everything in the end.</summary>
internal sealed class TestCgroups : IAsyncDisposable
{
    private readonly List<Process> _shells = [];

    private TestCgroups(CgroupHost host) => Host = host;

    internal CgroupHost Host { get; }

    /// <summary>Skips the test where this process can't create cgroups.</summary>
    internal static TestCgroups Require()
    {
        CgroupHost host = CgroupHost.Detect(new CgroupHostOptions { Parent = $"ck-cgroups-{Environment.ProcessId}-{Guid.NewGuid():N}"[..40] });
        if (!host.IsAvailable)
            Assert.Skip($"missing capability: writable cgroups ({host.UnavailableReason})");
        return new TestCgroups(host);
    }

    /// <summary>Skips the test where the controller can't be used.</summary>
    internal static TestCgroups Require(params CgroupController[] controllers)
    {
        TestCgroups cgroups = Require();
        foreach (CgroupController controller in controllers)
        {
            if (cgroups.Host.GetStatus(controller).UnusableReason is { } reason)
            {
                cgroups.Host.Dispose();
                Assert.Skip($"missing capability: cgroup controller {controller} ({reason})");
            }
        }

        return cgroups;
    }

    /// <summary>A shell that enters the cgroup before it runs the script.</summary>
    internal Process Run(Cgroup cgroup, string script)
    {
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("for procs in \"$@\"; do echo 0 > \"$procs\" || exit 99; done\n" + script);
        start.ArgumentList.Add("sh");
        foreach (string procs in cgroup.AllProcsFiles)
            start.ArgumentList.Add(procs);
        Process shell = Process.Start(start)!;
        _shells.Add(shell);
        return shell;
    }

    /// <summary>Runs the script to its end.</summary>
    internal async Task<(int ExitCode, string Output, string Error)> RunToEndAsync(Cgroup cgroup, string script)
    {
        Process shell = Run(cgroup, script);
        shell.StandardInput.Close();
        Task<string> error = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (shell.ExitCode, output.Trim(), (await error).Trim());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string id in Host.ListOwned())
            await Host.RemoveAsync(id, CancellationToken.None);
        foreach (Process shell in _shells)
            shell.Dispose();
        Host.RemoveEmptyParents();
        Host.Dispose();
    }
}
