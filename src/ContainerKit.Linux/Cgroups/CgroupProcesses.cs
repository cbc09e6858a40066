using System.Globalization;
using System.Runtime.InteropServices;
using ContainerKit.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Linux.Cgroups;

/// <summary>Lists and kills the processes of a cgroup.</summary>
internal static class CgroupProcesses
{
    // The numbers are the same on all architectures, as of all system calls since Linux 5.0.
    private const nint PidfdSendSignal = 424, PidfdOpen = 434;
    private const int KillRounds = 100;

    /// <summary>The processes in the cgroup and below it; those of outer PID namespaces (written as 0) are left out.</summary>
    internal static IReadOnlyList<int> List(CgroupDirectory directory)
    {
        SortedSet<int> found = [];
        foreach (CgroupDirectory cgroup in CgroupTree.List(directory))
        {
            foreach (string word in ReadProcs(cgroup))
            {
                if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int process) && process > 0)
                    found.Add(process);
            }
        }

        return [.. found];
    }

    internal static async ValueTask KillAsync(CgroupDirectory directory, CgroupFreezer? freezer, CancellationToken cancellationToken)
    {
        if (directory.Version == CgroupVersion.V2)
        {
            Errno error = directory.TryWrite("cgroup.kill", "1");
            if (error == Errno.None || !directory.Exists)
                return;
            if (error is not (Errno.ENOENT or Errno.EOPNOTSUPP)) // before Linux 5.14; a threaded cgroup
                throw new LinuxException("write \"1\"", error, directory.File("cgroup.kill"));
        }

        // Frozen processes can't fork while they are found and signalled. On version 1 they end when thawed, so one round finds them
        // again; one that was forked before its parent froze is found by the next round.
        for (int round = 0; round < KillRounds; round++)
        {
            IReadOnlyList<int> processes = List(directory);
            if (processes.Count == 0)
                return;

            bool frozen = freezer?.TryRequest(frozen: true) ?? false;
            try
            {
                Signal(directory);
            }
            finally
            {
                if (frozen)
                    freezer!.TryRequest(frozen: false);
            }

            await Task.Delay(Math.Min(1 + round, 20), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Sends SIGKILL through pidfds: each is opened first, and used only if the process is still listed afterwards. So a pid that was
    /// reused by somebody else in between is never hit.
    /// </summary>
    private static void Signal(CgroupDirectory directory)
    {
        Dictionary<int, SafeFileHandle> opened = [];
        try
        {
            foreach (int process in List(directory))
            {
                nint descriptor = LibC.Cgroups.syscall(PidfdOpen, process, 0, 0, 0);
                if (descriptor >= 0)
                    opened.Add(process, new SafeFileHandle(descriptor, ownsHandle: true));
                else if (Marshal.GetLastPInvokeError() is var error and not (int)Errno.ESRCH)
                    throw new LinuxException($"pidfd_open {process}", (Errno)error);
            }

            foreach (int process in List(directory))
            {
                if (opened.TryGetValue(process, out SafeFileHandle? handle))
                    Signal(process, handle);
            }
        }
        finally
        {
            foreach (SafeFileHandle handle in opened.Values)
                handle.Dispose();
        }
    }

    private static void Signal(int process, SafeFileHandle handle)
    {
        bool added = false;
        try
        {
            handle.DangerousAddRef(ref added);
            nint result = LibC.Cgroups.syscall(PidfdSendSignal, handle.DangerousGetHandle(), LibC.Cgroups.SigKill, 0, 0);
            if (result < 0 && Marshal.GetLastPInvokeError() is var error and not (int)Errno.ESRCH)
                throw new LinuxException($"pidfd_send_signal {process}", (Errno)error);
        }
        finally
        {
            if (added)
                handle.DangerousRelease();
        }
    }

    private static string[] ReadProcs(CgroupDirectory cgroup)
    {
        Errno error = cgroup.TryRead("cgroup.procs", out string text);
        if (error == Errno.EOPNOTSUPP)
            return []; // a threaded cgroup: its processes are listed by the domain above it
        return error is Errno.None or Errno.ENOENT or Errno.ENODEV
            ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new LinuxException("read", error, cgroup.File("cgroup.procs"));
    }
}
