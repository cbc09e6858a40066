using System.Globalization;
using ContainerKit.Linux.Launching;

namespace ContainerKit.Runtime.Phases;

/// <summary>What a launching process does while it is still a process of the host. The same for run and exec.</summary>
internal static class EntryPhase
{
    internal static void Add(LaunchProgramBuilder program, RuntimeProcess process, LaunchSetting setting)
    {
        program.Stage("cgroup").CloseForeignDescriptors(setting.InheritedCount);
        foreach (string file in setting.CgroupProcesses)
        {
            // "0" is the writing process itself, cgroups(7).
            program.WriteFile(file, "0");
        }

        if (process.OomScoreAdjustment is { } adjustment)
        {
            // With the privileges of the host: in a user namespace the score can't be lowered, proc_pid_oom_score_adj(5).
            program.Stage("oom score").WriteFile("/proc/self/oom_score_adj", adjustment.ToString(CultureInfo.InvariantCulture));
        }

        if (setting.Remap is { } ids)
        {
            program.Stage("streams");
            GiveStreams(program, process, ids.Outside + setting.User.UserId);
        }
    }

    /// <summary>
    /// Pipes belong to who made them, and /dev/stdout is opened by permission: a command that is not that user could not write to it. What is
    /// no pipe is the host's /dev/null or a terminal, which has its owner already.
    /// </summary>
    internal static void GiveStreams(LaunchProgramBuilder program, RuntimeProcess process, uint user)
    {
        if (process.Terminal)
        {
            return;
        }

        for (int stream = process.OpenStdin ? 0 : 1; stream < 3; stream++)
        {
            program.Call("fchown", stream, user, LaunchArgument.Named(-1, "-1"));
        }
    }
}
