using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Security;
using ContainerKit.Runtime.Processes;
using ContainerKit.Runtime.Protection;

namespace ContainerKit.Runtime.Phases;

/// <summary>From a prepared file system to the program: terminal, limits, identity, privileges, execution. The same for run and exec.</summary>
internal sealed class ProcessPhase(LaunchProgramBuilder program, RuntimeProcess process, LaunchSetting setting)
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private LaunchOperation? _firstChange;

    /// <summary>Makes a terminal of the container's own devpts the controlling terminal and sends its master to the engine.</summary>
    internal void OpenTerminal(bool isContainer)
    {
        if (setting.TerminalSocket is not { } position)
        {
            return;
        }

        program.Stage("terminal");
        program.OpenTerminal(LaunchProgramBuilder.InheritedDescriptor(position), process.TerminalSize.Rows, process.TerminalSize.Columns, setting.User.UserId);
        if (isContainer)
        {
            // The first terminal of a new devpts is number 0.
            program.MakeFile("/dev/console");
            LaunchOperation console = program.CloneTree("/dev/pts/0", recursive: false);
            program.AttachTree(console.Result, "/dev/console");
            program.Call("close", console.Result);
        }
    }

    /// <summary>
    /// Makes the working directory where it is missing, as Docker does, and not behind a descriptor of the host: an image may name
    /// /proc/self/fd/5/made, where 5 was the container's cgroup.
    /// </summary>
    internal void MakeWorkingDirectory()
    {
        program.Stage("working directory").CloseInherited();
        if (setting.WorkingDirectory != "/")
        {
            program.MakeDirectories(setting.WorkingDirectory);
        }
    }

    /// <summary>
    /// Changes to the working directory with nothing of the host open: a directory like /proc/self/fd/7 must lead nowhere (CVE-2024-21626).
    /// </summary>
    internal void EnterWorkingDirectory()
    {
        program.Stage("working directory").CloseInherited();

        // Root may be kept out (a directory of a mapped user, NFS) where the user is not: it is tried again as the user.
        _firstChange = program.ChangeDirectory(setting.WorkingDirectory).Tolerate(Errno.EACCES);
        program.SetFileModeMask(0x12);
    }

    internal void DropPrivileges()
    {
        program.Stage("privileges");
        foreach (RuntimeRlimit limit in process.Rlimits)
        {
            program.SetResourceLimit((int)ResourceLimits.Parse(limit.Name), limit.Name, limit.Soft, limit.Hard);
        }

        // The host's session keyring stays outside; a full key quota is not worth a failure (runc does the same).
        program.JoinNewSessionKeyring().TolerateAll();
        foreach (Capability capability in CapabilitySet.All.Except(setting.Capabilities))
        {
            program.DropFromBoundingSet((int)capability, capability.ToString());
        }

        ResolvedUser user = setting.User;
        if (user.UserId != 0)
        {
            program.KeepCapabilities();
            if (setting.Remap is null)
            {
                EntryPhase.GiveStreams(program, process, user.UserId);
            }
        }

        program.SetIds(user.UserId, user.GroupId, setting.SingleId ? null : user.Groups);
        program.DieWithStarter();
        RetryWorkingDirectory();
        program.CloseOnExecute();
        if (process.NoNewPrivileges)
        {
            program.ForbidNewPrivileges();
        }

        if (setting.Seccomp is { } filter)
        {
            if (user.UserId != 0 && !process.NoNewPrivileges)
            {
                // The change of ids has cleared the effective set; installing a filter needs CAP_SYS_ADMIN once more.
                ulong needed = setting.Capabilities.Add(Capability.CAP_SYS_ADMIN).Intersect(setting.Available).Mask;
                program.SetCapabilities(needed, needed, 0);
            }

            program.InstallSeccompFilter(filter.Program, filter.Flags);
        }

        ulong final = setting.Capabilities.Intersect(setting.Available).Mask;
        program.SetCapabilities(final, final, 0);
    }

    internal void Execute()
    {
        if (process.AppArmorProfile is { } profile)
        {
            program.Stage("apparmor").WriteFile(AppArmor.ExecFile, "exec " + profile);
        }

        string name = process.Arguments[0];
        program.Stage("execute").Execute(Candidates(name), process.Arguments, setting.Environment, name);
    }

    private List<string> Candidates(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return [name];
        }

        string path = setting.Environment.LastOrDefault(e => e.StartsWith("PATH=", StringComparison.Ordinal))?[5..] ?? DefaultPath;
        List<string> candidates = [.. path.Split(':').Select(d => d.Length == 0 ? name : $"{d}/{name}")];
        return candidates.Count > 0 && name.Length > 0 ? candidates : [name];
    }

    private void RetryWorkingDirectory()
    {
        LaunchLabel inside = program.DefineLabel();
        program.JumpIfEqual(_firstChange!.Value.Result, 0, inside);
        program.ChangeDirectory(setting.WorkingDirectory);
        program.Mark(inside);
    }
}
