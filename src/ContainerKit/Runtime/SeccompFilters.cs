using System.Collections.Concurrent;
using ContainerKit.Linux.Security;

namespace ContainerKit.Runtime;

/// <summary>Compiled filters of the default profile, which depends on the capabilities of a container.</summary>
internal sealed class SeccompFilters
{
    private readonly ConcurrentDictionary<CapabilitySet, ReadOnlyMemory<byte>> _programs = new();

    internal ReadOnlyMemory<byte> Get(CapabilitySet capabilities)
        => _programs.GetOrAdd(capabilities, static c => SeccompProfile.Default.Compile(c).Program);
}
