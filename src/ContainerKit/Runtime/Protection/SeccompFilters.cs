using System.Collections.Concurrent;
using System.Text;
using ContainerKit.Linux.Security;

namespace ContainerKit.Runtime.Protection;

/// <summary>Compiled filters. A profile's rules depend on the capabilities of a container, and compiling takes milliseconds.</summary>
internal sealed class SeccompFilters
{
    /// <summary>Names no profile: every system call is allowed.</summary>
    internal const string Unconfined = "unconfined";

    /// <summary>A host that makes a profile for each container must not fill the memory.</summary>
    private const int Capacity = 64;

    private readonly ConcurrentDictionary<(string Profile, CapabilitySet Capabilities), SeccompFilter> _filters = new();

    /// <summary>The filter of a profile in Docker's JSON form, or of the default profile where it is null.</summary>
    internal SeccompFilter Get(string? profile, CapabilitySet capabilities)
    {
        if (_filters.Count >= Capacity)
        {
            _filters.Clear();
        }

        return _filters.GetOrAdd((profile ?? "", capabilities), static key => Compile(key.Profile, key.Capabilities));
    }

    private static SeccompFilter Compile(string profile, CapabilitySet capabilities)
    {
        try
        {
            return (profile.Length == 0 ? SeccompProfile.Default : SeccompProfile.Parse(Encoding.UTF8.GetBytes(profile))).Compile(capabilities);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw new ContainerStartException("seccomp", 125, $"The seccomp profile can't be used: {e.Message}", e);
        }
    }
}
