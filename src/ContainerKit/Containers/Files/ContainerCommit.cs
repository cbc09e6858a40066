using System.Collections.Immutable;
using ContainerKit.Containers.State;
using ContainerKit.Images;
using ContainerKit.Oci;

namespace ContainerKit.Containers.Files;

/// <summary>What an image of a container is to be.</summary>
internal static class ContainerCommit
{
    internal static ImageCommit Create(ContainerConfig config, string? reference, CommitOptions options)
    {
        if (!Digest.TryParse(config.Image.Id, out Digest parent) || config.Image.LayerDirectories.Any(layer => layer.StartsWith('/')))
            throw new UnsupportedException($"Container {config.Name} ({config.ShortId}) was made of the directory {config.Image.LayerDirectories[0]}, of which there are no layers. Import it as an image first.");
        ConfigurationChange[] changes = [.. options.Changes.Select(ConfigurationChange.Parse)];
        return new ImageCommit
        {
            Parent = parent,
            Reference = reference,
            Author = options.Author,
            Comment = options.Message,
            Compression = options.Compression,
            CreatedBy = string.Join(' ', (ImmutableArray<string>)[.. config.Spec.Entrypoint ?? config.Image.Entrypoint, .. config.Spec.Command ?? config.Image.Command]),
            Configure = image => ConfigurationChange.Apply(changes, options.Configuration ?? Merge(image, config.Spec)),
        };
    }

    /// <summary>As Docker does: what the container was created with becomes the image's default.</summary>
    private static ExecutionConfiguration Merge(ExecutionConfiguration image, ContainerSpec spec) => image with
    {
        Env = MergeEnvironment(image.Env, spec.Environment),
        Entrypoint = spec.Entrypoint ?? image.Entrypoint,
        Cmd = spec.Command ?? (spec.Entrypoint is null ? image.Cmd : []),
        User = spec.User ?? image.User,
        WorkingDir = spec.WorkingDirectory ?? image.WorkingDir,
        Labels = image.Labels.ToImmutableSortedDictionary(StringComparer.Ordinal).SetItems(spec.Labels),
        StopSignal = spec.StopSignal ?? image.StopSignal,
    };

    private static List<string> MergeEnvironment(IReadOnlyList<string> image, ImmutableSortedDictionary<string, string?> spec)
    {
        List<string> result = [.. image.Where(entry => !spec.ContainsKey(entry.Split('=', 2)[0]))];
        result.AddRange(spec.Where(entry => entry.Value is not null).Select(entry => $"{entry.Key}={entry.Value}"));
        return result;
    }
}
