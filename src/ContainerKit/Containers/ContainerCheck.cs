using ContainerKit.Containers.Instances;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Images.Verification;
using ContainerKit.Linux.Io;

namespace ContainerKit.Containers;

/// <summary>Looks at the containers of a data root for what processes have left that died, and for what is damaged.</summary>
internal static class ContainerCheck
{
    private static readonly TimeSpan SecondLook = TimeSpan.FromMilliseconds(200);

    internal static async Task RunAsync(ContainerContext context, Findings findings, CancellationToken cancellationToken)
    {
        List<(VerificationProblemKind Kind, string Path, string Description)> first = Look(context);
        findings.Containers = Directory.EnumerateDirectories(context.Paths.Root).Count(path => ContainerId.IsComplete(Path.GetFileName(path)));
        if (first.Count == 0)
            return;

        // A directory is made before it is locked, and unlocked before it is gone: what is still so is so for good.
        await Task.Delay(SecondLook, context.Time, cancellationToken).ConfigureAwait(false);
        foreach ((VerificationProblemKind kind, string path, string description) in Look(context).Intersect(first))
            findings.Add(kind, path, description);
    }

    internal static async Task RepairAsync(ContainerContext context, Findings findings, CancellationToken cancellationToken)
    {
        await ContainerRecovery.RunAsync(context, cancellationToken).ConfigureAwait(false);
        HashSet<(VerificationProblemKind, string, string)> left = [.. Look(context)];
        foreach (Findings.Finding finding in findings.All)
        {
            if (!left.Contains((finding.Kind, finding.Path, finding.Description)))
                finding.Repair = Path.Exists(finding.Path) ? "recorded as ended" : "removed";
        }
    }

    private static List<(VerificationProblemKind Kind, string Path, string Description)> Look(ContainerContext context)
    {
        List<(VerificationProblemKind, string, string)> found = [];
        HashSet<string> present = new(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateDirectories(context.Paths.Root).Where(path => ContainerId.IsComplete(Path.GetFileName(path))))
        {
            present.Add(Path.GetFileName(path));
            if (context.Instances.ContainsKey(Path.GetFileName(path)) || IsOwned(path))
                continue;
            ContainerStateRecord? state = ContainerFiles.ReadState(path, out bool damaged);
            bool hasConfig = File.Exists(ContainerPaths.Config(path));
            if (!hasConfig || state is { Ephemeral: true })
                found.Add((VerificationProblemKind.Leftover, path, "The container was to go with its process, which is gone."));
            else if (ContainerFiles.ReadConfig(path) is null)
                found.Add((VerificationProblemKind.ContainerDamaged, path, "The container's configuration can't be read."));
            else if (damaged || state is { NeedsOwner: true } or { IsStarting: true })
                found.Add((VerificationProblemKind.Leftover, path, "The container is recorded as running, but the process that owned it is gone."));
        }

        foreach (string path in ((string[])[context.Paths.Prepared, context.Paths.Removing]).SelectMany(Directory.EnumerateDirectories).Where(path => !IsOwned(path)))
            found.Add((VerificationProblemKind.Leftover, path, "It was half done when its process ended."));
        foreach (string name in context.Names.FindAbandoned(present))
            found.Add((VerificationProblemKind.Leftover, Path.Combine(context.Paths.Names, name), "The name's container is gone."));
        return found;
    }

    /// <summary>By asking who has the lock instead of taking it: whoever was about to take it would give up what it is making.</summary>
    private static bool IsOwned(string directory) => FileLock.FindHolder(directory) is not null;
}
