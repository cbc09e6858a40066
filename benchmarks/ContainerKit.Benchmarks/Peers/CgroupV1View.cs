using System.Diagnostics;
using System.Globalization;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Peers;

/// <summary>A mount namespace in which cgroup v2 is not mounted, for runtimes that accept v1 or v2 but not both.</summary>
internal sealed class CgroupV1View : IAsyncDisposable
{
    private readonly Process _holder;
    private readonly string _nsenter;

    private CgroupV1View(Process holder, string nsenter)
    {
        _holder = holder;
        _nsenter = nsenter;
    }

    /// <summary>Makes the namespace, or returns null where the tools of util-linux or cgroup v2 are missing.</summary>
    public static async Task<CgroupV1View?> TryCreateAsync(CancellationToken cancellationToken)
    {
        if (ExternalCommand.Find("setsid") is not { } setsid || ExternalCommand.Find("unshare") is null
            || ExternalCommand.Find("nsenter") is not { } nsenter || KernelMounts.CgroupV2Root() is not { } cgroupV2)
            return null;

        // cat ends when our end of its standard input closes, so the namespace can't outlive this process. A session of its
        // own, because after Ctrl-C in the terminal it is still needed to remove containers.
        var holder = new ExternalCommand(setsid, "unshare", "--mount", "--propagation", "private",
            "/bin/sh", "-c", "umount \"$0\" && echo ready && exec cat", cgroupV2).Start(captured: true);
        if (await holder.StandardOutput.ReadLineAsync(cancellationToken) == "ready")
            return new CgroupV1View(holder, nsenter);
        holder.Dispose();
        return null;
    }

    /// <summary>The same command, run inside the namespace.</summary>
    public ExternalCommand Inside(ExternalCommand command)
    {
        var mountNamespace = string.Create(CultureInfo.InvariantCulture, $"--mount=/proc/{_holder.Id}/ns/mnt");
        return new ExternalCommand(_nsenter, [mountNamespace, command.Program, .. command.Arguments]) { Environment = command.Environment };
    }

    public async ValueTask DisposeAsync()
    {
        _holder.StandardInput.Close();
        await _holder.WaitForExitAsync();
        _holder.Dispose();
    }
}
