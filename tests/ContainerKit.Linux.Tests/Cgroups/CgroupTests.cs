using System.Diagnostics;
using ContainerKit.Linux.Cgroups;
using ContainerKit.Linux.Cgroups.Devices;
using Xunit;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>Real cgroups with real processes in them, in the hierarchies of this host.</summary>
public sealed class CgroupTests : CgroupBehaviour
{
    private protected override TestCgroups Require(params CgroupController[] controllers) => TestCgroups.Require(ignoreUnified: false, controllers);

    [Fact]
    public async Task A_process_is_cloned_and_not_migrated_where_nothing_needs_version_1()
    {
        await using TestCgroups cgroups = Require(CgroupController.Devices);
        using Cgroup cgroup = cgroups.Host.Create("cloned", new CgroupSpec { Devices = DevicePolicy.Default });
        if (cgroup.DirectoryHandle is null)
            Assert.Skip("missing capability: a cgroup2 mount");

        Assert.Empty(cgroup.ProcsFiles);
        Assert.Single(cgroup.AllProcsFiles);
    }

    [Fact]
    public async Task Usage_is_accounted_without_limits_when_asked_for()
    {
        await using TestCgroups cgroups = Require(CgroupController.Memory, CgroupController.Pids);
        using Cgroup cgroup = cgroups.Host.Create("accounted", new CgroupSpec { Accounting = true });
        Process shell = cgroups.Run(cgroup, "echo in; read line");
        await shell.StandardOutput.ReadLineAsync(Cancellation);

        Assert.Equal(1, cgroup.ReadTaskCount());
        Assert.Null(cgroup.ReadMemory()!.LimitBytes);
        Assert.NotNull(cgroup.ReadCpu());
    }

    [Fact]
    public async Task Processes_are_killed_without_cgroup_kill()
    {
        await using TestCgroups cgroups = Require();
        using Cgroup cgroup = cgroups.Host.Create("old", new CgroupSpec());
        if (cgroup.DirectoryHandle is null)
            Assert.Skip("missing capability: a cgroup2 mount");
        Process shell = cgroups.Run(cgroup, "echo in; while :; do (sleep 1000 &); done");
        await shell.StandardOutput.ReadLineAsync(Cancellation);

        // The version 1 of the directory keeps it away from cgroup.kill; the freezer is that of version 2.
        string path = cgroup.Paths.First();
        CgroupFreezer freezer = new(new CgroupDirectory(path, CgroupVersion.V2));
        await CgroupProcesses.KillAsync(new CgroupDirectory(path, CgroupVersion.V1), freezer, Cancellation);

        await shell.WaitForExitAsync(Cancellation);
        Assert.Empty(cgroup.ReadProcessIds());
    }
}
