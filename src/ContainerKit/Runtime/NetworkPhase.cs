using ContainerKit.Linux.Launching;

namespace ContainerKit.Runtime;

/// <summary>A private network namespace begins with a loopback interface that is down.</summary>
internal static class NetworkPhase
{
    /// <param name="program">What brings it up.</param>
    /// <param name="spec">The container.</param>
    /// <param name="at">What is to be the container's root; empty once it is the root.</param>
    internal static void Add(LaunchProgramBuilder program, RuntimeSpec spec, string at)
    {
        if (spec.HostNetwork)
        {
            return;
        }

        program.Stage("network").BringUpLoopback();

        // As Docker: unprivileged processes may use low ports and ping in a network of their own. A kernel without these files has no such rule.
        program.WriteFile(at + "/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    }
}
