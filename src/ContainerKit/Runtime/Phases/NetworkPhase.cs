using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Runtime.Phases;

/// <summary>A private network namespace begins with a loopback interface that is down.</summary>
internal static class NetworkPhase
{
    /// <summary>The checkpoint at which the starter makes the container's interfaces.</summary>
    internal const int Connected = 1;

    /// <param name="program">What brings it up.</param>
    /// <param name="setting">How the container starts.</param>
    /// <param name="at">What is to be the container's root; empty once it is the root.</param>
    /// <param name="waits">True: the starter makes further interfaces now.</param>
    internal static void Add(LaunchProgramBuilder program, LaunchSetting setting, string at = "", bool waits = false)
    {
        if (!setting.Namespaces.IsNew(NamespaceKinds.CLONE_NEWNET))
        {
            return;
        }

        program.Stage("network").BringUpLoopback();

        // As Docker: unprivileged processes may use low ports and ping in a network of their own. A kernel without these files has no such rule.
        program.WriteFile(at + "/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
        if (waits)
        {
            program.CheckpointInChild(Connected);
        }
    }
}
