using ContainerKit.Linux.Cgroups;

namespace ContainerKit.Linux.Tests.Cgroups;

/// <summary>The same on a host that has no version 2 at all.</summary>
public sealed class LegacyCgroupTests : CgroupBehaviour
{
    private protected override TestCgroups Require(params CgroupController[] controllers) => TestCgroups.Require(ignoreUnified: true, controllers);
}
