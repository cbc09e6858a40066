using System.Collections.Immutable;
using ContainerKit.Linux;
using ContainerKit.Linux.Launching;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;

namespace ContainerKit.Runtime.Roots;

/// <summary>What a prepared container knows of the one that is likely to come: its root is mounted, and the end of its launch is built.</summary>
internal sealed class PreparedRoot
{
    private readonly RuntimeSpec _likely;
    private readonly LaunchProgram _end;
    private readonly ImmutableArray<(ulong Device, ulong Inode)> _layers;

    /// <param name="likely">The container that is likely to come.</param>
    /// <param name="end">The end of its launch.</param>
    internal PreparedRoot(RuntimeSpec likely, LaunchProgram end)
    {
        _likely = likely;
        _end = end;
        _layers = [.. likely.Root.Lower.Select(Identify)];
    }

    /// <summary>True when such a container's root may be mounted ahead.</summary>
    /// <remarks>Only layers of the store never change. In a directory of the host the next container is to see what is there when it starts.</remarks>
    internal static bool IsPossible(RuntimeSpec likely, DataRoot root)
        => likely.Root.Lower.All(layer => layer == root.EmptyLayer || layer.StartsWith(root.LayersDirectory + "/", StringComparison.Ordinal));

    /// <summary>True when two containers of one id have the same root and the same mounts.</summary>
    internal static bool IsAlike(RuntimeSpec one, RuntimeSpec other)
        => one.Root.Volatile == other.Root.Volatile
            && one.Root.Lower.SequenceEqual(other.Root.Lower)
            && one.Mounts.Length == other.Mounts.Length
            && one.Mounts.Zip(other.Mounts).All(pair => IsSame(pair.First, pair.Second));

    /// <summary>True when the mounted root is that of <paramref name="spec"/>.</summary>
    internal bool Fits(RuntimeSpec spec)
    {
        if (!IsAlike(_likely, spec))
        {
            return false;
        }

        try
        {
            // An image that was removed and pulled again has its layers in other directories of the same names.
            return spec.Root.Lower.Select(Identify).SequenceEqual(_layers);
        }
        catch (LinuxException)
        {
            // Whatever is wrong with it, the ordinary start finds out and says.
            return false;
        }
    }

    /// <summary>The end of the launch of <paramref name="spec"/>; null when it has to be built.</summary>
    internal LaunchProgram? FindEnd(RuntimeSpec spec)
        => spec.Hostname == _likely.Hostname && spec.Root.ReadOnly == _likely.Root.ReadOnly && IsSame(spec.Process, _likely.Process) ? _end : null;

    private static bool IsSame(RuntimeMount one, RuntimeMount other) => (one, other) switch
    {
        (RuntimeFile a, RuntimeFile b) => a.Target == b.Target && a.ReadOnly == b.ReadOnly && (a.Mode, a.UserId, a.GroupId) == (b.Mode, b.UserId, b.GroupId) && a.Content.Span.SequenceEqual(b.Content.Span),
        _ => one == other,
    };

    /// <summary>Compared as a whole but for the lists, which have the identity of their arrays: whatever else a process has some day counts.</summary>
    private static bool IsSame(RuntimeProcess one, RuntimeProcess other)
        => WithoutLists(one) == WithoutLists(other)
            && one.Arguments.SequenceEqual(other.Arguments)
            && one.Environment.SequenceEqual(other.Environment)
            && one.AdditionalGroups.SequenceEqual(other.AdditionalGroups)
            && one.Capabilities.SequenceEqual(other.Capabilities)
            && one.Rlimits.SequenceEqual(other.Rlimits);

    private static RuntimeProcess WithoutLists(RuntimeProcess process)
        => process with { Arguments = [], Environment = [], AdditionalGroups = [], Capabilities = [], Rlimits = [] };

    private static (ulong Device, ulong Inode) Identify(string directory)
    {
        using RootedDirectory opened = RootedDirectory.Open(directory);
        FileStatus status = opened.GetStatus(default);
        return (status.Device, status.Inode);
    }
}
