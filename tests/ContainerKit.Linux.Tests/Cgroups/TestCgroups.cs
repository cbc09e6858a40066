using System.Diagnostics;
using ContainerKit.Linux.Cgroups;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>
/// A host whose cgroups are below a parent of this test's own, and shells that run in them. Removes everything in the end.
/// </summary>
internal sealed class TestCgroups : IAsyncDisposable
{
    private readonly List<Process> _shells = [];

    private TestCgroups(CgroupHost host) => Host = host;

    internal CgroupHost Host { get; }

    /// <summary>Skips the test where this process can't create cgroups, or one of the controllers can't be used.</summary>
    internal static TestCgroups Require(bool ignoreUnified, CgroupController[] controllers)
    {
        CgroupHierarchies hierarchies = CgroupHierarchies.ReadCurrent();
        if (ignoreUnified)
            hierarchies = hierarchies with { Unified = null };
        if (hierarchies.Version == CgroupVersion.None)
            Assert.Skip("missing capability: cgroups version 1");

        CgroupHost host = new(hierarchies, new CgroupHostOptions { Parent = $"ck-cgroups-{Environment.ProcessId}-{Guid.NewGuid():N}" });
        string? missing = host.UnavailableReason
            ?? controllers.Select(host.GetStatus).Where(status => !status.IsUsable)
                .Select(status => $"{status.Controller}: {status.UnusableReason}").FirstOrDefault();
        if (missing is null)
            return new TestCgroups(host);

        host.Dispose();
        Assert.Skip($"missing capability: writable cgroups ({missing})");
        throw new InvalidOperationException();
    }

    /// <summary>A shell that enters the cgroup before it runs the script.</summary>
    internal Process Run(Cgroup cgroup, string script)
    {
        ProcessStartInfo start = new("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
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
