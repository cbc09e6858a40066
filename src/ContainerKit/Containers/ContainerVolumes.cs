using System.Collections.Immutable;
using System.Text;
using ContainerKit.Containers.Files;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Paths;
using ContainerKit.Runtime;
using ContainerKit.Runtime.Roots;
using ContainerKit.Volumes;

namespace ContainerKit.Containers;

/// <summary>The volumes of containers that are created and removed.</summary>
internal static class ContainerVolumes
{
    /// <summary>What a container mounts as volumes: those of its spec, those of other containers, and those that its image asks for.</summary>
    internal static async ValueTask<ImmutableArray<VolumeMount>> PlanAsync(ContainerContext context, ContainerSpec spec, ContainerImage image)
    {
        if (spec.Volumes.IsEmpty && spec.VolumesFrom.IsEmpty && image.Volumes.IsEmpty)
            return [];
        Dictionary<string, VolumeMount> plan = new(StringComparer.Ordinal);
        HashSet<string> taken = [.. spec.Binds.Select(bind => MountOrder.Normalize(bind.Target)!), .. spec.Tmpfs.Select(tmpfs => MountOrder.Normalize(tmpfs.Target)!)];
        foreach (VolumeMount mount in spec.Volumes)
            plan[MountOrder.Normalize(mount.Target)!] = mount;
        foreach (string from in spec.VolumesFrom)
        {
            (string source, bool readOnly) = ParseFrom(from);
            ContainerInstance other = await ContainerLookup.FindAsync(context, source).ConfigureAwait(false)
                ?? throw new NotFoundException($"VolumesFrom '{from}' can't be used: there is no container {source}.");
            foreach (VolumeUse volume in other.Config.Volumes.Where(volume => !taken.Contains(volume.Target)))
                plan.TryAdd(volume.Target, new VolumeMount(volume.Name, volume.Target, readOnly || volume.ReadOnly) { NoCopy = true, Subpath = volume.Subpath });
        }

        // An image is not the caller's to correct: a path that can't be mounted on is left to the image's own files.
        foreach (string path in image.Volumes)
        {
            if (path.StartsWith('/') && !path.Contains('\0') && MountOrder.Normalize(path) is { Length: > 1 } target && !taken.Contains(target))
                plan.TryAdd(target, new VolumeMount(null, target));
        }

        return [.. plan.Values];
    }

    /// <summary>Makes what is missing, and fills what is empty. The caller holds the lock of the volumes until the container's configuration is written.</summary>
    internal static async Task<ImmutableArray<VolumeUse>> MakeAsync(
        ContainerContext context, ContainerConfig config, ImmutableArray<VolumeMount> plan, string directory, CancellationToken cancellationToken)
    {
        string[] names = [.. plan.Select(mount => mount.Name ?? VolumeName.CreateAnonymous())];

        // First, so that whoever removes the container removes them, too, whatever comes between.
        string[] anonymous = [.. names.Where((_, i) => plan[i].Name is null)];
        if (anonymous.Length > 0)
            await File.WriteAllLinesAsync(ContainerPaths.OwnVolumes(directory), anonymous, cancellationToken).ConfigureAwait(false);
        List<VolumeUse> mounted = [];
        List<(VolumeDocument Volume, string Target)> empty = [];
        for (int i = 0; i < names.Length; i++)
        {
            bool isAnonymous = plan[i].Name is null;
            VolumeDocument volume = await context.Volumes.CreateAsync(new VolumeSpec(), names[i], isAnonymous, cancellationToken).ConfigureAwait(false);
            string target = MountOrder.Normalize(plan[i].Target)!;
            mounted.Add(new VolumeUse(volume.Name, target, plan[i].ReadOnly, VolumeStore.DeviceOf(volume), isAnonymous) { Subpath = plan[i].Subpath });
            if (plan[i] is { NoCopy: false, Subpath: null })
                empty.Add((volume, target));
        }

        if (empty.Count > 0)
            await FillAsync(context, config, directory, empty, cancellationToken).ConfigureAwait(false);
        return [.. mounted];
    }

    /// <summary>Removes the container's own volumes, in a directory that nobody takes for a container any more.</summary>
    internal static async Task RemoveOwnAsync(ContainerContext context, string hidden)
    {
        string path = ContainerPaths.OwnVolumes(hidden);
        if (!File.Exists(path))
            return;
        foreach (string name in await File.ReadAllLinesAsync(path).ConfigureAwait(false))
        {
            try
            {
                await context.Volumes.RemoveAsync(name, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ConflictException)
            {
                // Another container took it over by VolumesFrom: it stays until it is pruned.
            }
        }
    }

    /// <summary>The volumes stay when the container is removed.</summary>
    internal static void Keep(string directory) => File.Delete(ContainerPaths.OwnVolumes(directory));

    private static (string Container, bool ReadOnly) ParseFrom(string from) => from.Split(':') switch
    {
        [var container] => (container, false),
        [var container, "ro"] => (container, true),
        [var container, "rw"] => (container, false),
        _ => throw new ArgumentException($"VolumesFrom '{from}' is not allowed: expected CONTAINER, CONTAINER:ro or CONTAINER:rw."),
    };

    private static async Task FillAsync(
        ContainerContext context, ContainerConfig config, string directory, List<(VolumeDocument Volume, string Target)> volumes, CancellationToken cancellationToken)
    {
        RuntimeSpec spec = RuntimeSpecFactory.Create(config, context.Paths.DataRoot, directory) with { Mounts = [] };
        ContainerRoot? root = null;
        try
        {
            foreach ((VolumeDocument volume, string target) in volumes)
            {
                await context.Volumes.FillAsync(volume, config.Id, (into, name) => CopyAsync(target, into, name), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (root is not null)
                await root.DisposeAsync().ConfigureAwait(false);
        }

        // Mounted at the first volume that is empty: mostly there is none.
        async Task<bool> CopyAsync(string target, string into, string name)
        {
            root ??= await context.Runtime.Roots.MountAsync(spec, $"{directory}/copy-work", cancellationToken).ConfigureAwait(false);
            var access = new RootAccess(root.Directory, context.Runtime.Roots, config.ShortId);
            ContainerPath path = access.Follow(ContainerPath.Parse(target));
            if (access.TryGetStatus(path) is not { Type: FileType.Directory })
                return false;
            RootedDirectory source = root.Directory.TryOpenDirectory(path.FullBytes, PathResolution.None, out _) ?? throw access.Missing(path);
            await new VolumeArchive(context.Volumes.Files).CopyAsync(source, Encoding.UTF8.GetBytes(name), into, cancellationToken).ConfigureAwait(false);
            return true;
        }
    }
}
