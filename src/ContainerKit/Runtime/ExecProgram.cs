using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Namespaces;
using ContainerKit.Runtime.Phases;

namespace ContainerKit.Runtime;

/// <summary>
/// The launch program of a further process in a running container. The process inside is made by a clone of the launching one, which has a
/// clean address space: between entering the container and execve there is nothing in it worth stealing (CVE-2016-9962).
/// </summary>
internal static class ExecProgram
{
    /// <summary>
    /// Builds the program; the pidfd of the container's first process is the first descriptor passed on. What it shares with the host
    /// (<paramref name="others"/> are the namespaces that it does not) needs no joining, and an ordinary user could not.
    /// </summary>
    internal static LaunchProgram Build(RuntimeExecSpec spec, LaunchSetting setting, NamespaceKinds others)
    {
        LaunchProgramBuilder program = new();
        EntryPhase.Add(program, spec.Process, setting);
        program.Stage("namespaces");
        if (setting.UserNamespace is { } position)
        {
            program.JoinNamespaces(LaunchProgramBuilder.InheritedDescriptor(position), NamespaceKinds.CLONE_NEWUSER);
            if (setting.Remap is null)
            {
                program.SetIds(0, 0, setting.SingleId ? null : []);
            }
        }

        // All at once: one by one, the path to the next namespace would already be the container's.
        program.JoinNamespaces(LaunchProgramBuilder.InheritedDescriptor(0), NamespaceKinds.CLONE_NEWNS | (others & ~NamespaceKinds.CLONE_NEWCGROUP));
        program.ContinueInChild(0, setting.Cgroup is { } cgroup ? LaunchProgramBuilder.InheritedDescriptor(cgroup) : null);
        if (others.HasFlag(NamespaceKinds.CLONE_NEWCGROUP))
        {
            // Once it is in the cgroup: where these namespaces delegate (nsdelegate, which systemd mounts cgroup v2 with), clone3 from a cgroup
            // outside of the caller's namespace fails with ENOENT.
            program.JoinNamespaces(LaunchProgramBuilder.InheritedDescriptor(0), NamespaceKinds.CLONE_NEWCGROUP);
        }

        if (setting.Remap is not null)
        {
            // After the clone: the cgroup of the container is root's.
            program.SetIds(0, 0, []);
        }

        program.SetFileModeMask(0);
        program.BecomeSessionLeader();

        ProcessPhase process = new(program, spec.Process, setting);
        process.OpenTerminal(isContainer: false);
        process.EnterWorkingDirectory();
        process.DropPrivileges();
        process.Execute();
        return program.Build();
    }
}
