using ContainerKit.Linux.Cgroups;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Runtime;

/// <content>What running containers use, and how it is changed.</content>
internal sealed partial class LinuxContainerRuntime
{
    public IContainerResources OpenResources(string id, ProcessIdentity first) => new CgroupResources(_cgroups, id, first);

    /// <summary>The limits of a spec, for the start and for an update alike.</summary>
    internal static CgroupLimits LimitsOf(RuntimeSpec spec) => spec.Limits;
}
