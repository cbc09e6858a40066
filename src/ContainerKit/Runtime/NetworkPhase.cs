using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Namespaces;

namespace ContainerKit.Runtime;

/// <summary>A private network namespace begins with a loopback interface that is down.</summary>
internal static class NetworkPhase
{
    internal static void Add(LaunchProgramBuilder program, LaunchSetting setting)
    {
        if (!setting.Namespaces.IsNew(NamespaceKinds.CLONE_NEWNET))
        {
            return;
        }

        program.Stage("network").BringUpLoopback();

        // As Docker: unprivileged processes may use low ports and ping in a network of their own. A kernel without these files has no such rule.
        program.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    }
}
