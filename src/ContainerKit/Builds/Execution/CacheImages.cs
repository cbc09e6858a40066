using ContainerKit.Builds.Cache;
using ContainerKit.Images;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Execution;

/// <summary>Images that say by which steps their layers were made.</summary>
internal static class CacheImages
{
    /// <summary>The steps that an image knows and whose layers are here then; null for none. What is wrong is a warning: a cache is no promise.</summary>
    public static async Task<IReadOnlyDictionary<string, CachedStep>?> ReadAsync(BuildSession session, string reference, CancellationToken cancellationToken)
    {
        try
        {
            Image image = await session.Images.FindAsync(reference, cancellationToken).ConfigureAwait(false)
                ?? await session.Images.PullAsync(reference, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (await session.Images.ReadManifestAsync(image, cancellationToken).ConfigureAwait(false) is { } manifest
                && ExportedCache.Find(manifest) is { } text
                && ExportedCache.Read(text, document => session.Cache.Resolve(document) is { } step && session.Cache.HasBlob(step) ? step : null) is { } steps)
            {
                return steps;
            }
            Warn(session, $"The image {reference} does not say how its layers were made, so it is no cache: build it with BuildSpec.InlineCache, or name one that BuildSpec.CacheTo made.");
        }
        catch (ContainerKitException e)
        {
            Warn(session, $"The image {reference} can't be had as a cache: {e.Message}");
        }
        return null;
    }

    /// <summary>The annotation for an image of layers; steps that made other layers are left out.</summary>
    public static string Describe(BuildSession session, IReadOnlyCollection<Digest> layers)
        => ExportedCache.Write(session.Steps.Where(step => step.Value.Layer is not { } layer || layers.Contains(layer)));

    /// <summary>Makes the image that has the layers of all steps.</summary>
    public static async Task ExportAsync(BuildSession session, string reference, CancellationToken cancellationToken)
    {
        ImageReference name = ImageDocuments.ParseReference(reference, nameof(session.Spec.CacheTo));
        CachedStep[] steps = [.. session.Steps.OrderBy(step => step.Key, StringComparer.Ordinal).Select(step => step.Value).Where(step => step.Layer is not null).DistinctBy(step => step.Layer)];
        var configuration = new ImageConfiguration
        {
            Architecture = session.Arguments.Target.Architecture,
            Variant = session.Arguments.Target.Variant,
            Os = session.Arguments.Target.Os,
            RootFs = new RootFileSystem { DiffIds = [.. steps.Select(step => step.Layer!.Value)] },
        };
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [ExportedCache.Annotation] = ExportedCache.Write(session.Steps) };
        await session.Images.AddBuiltAsync(configuration, [.. steps.Select(step => step.Blob!)], annotations, [name], cancellationToken).ConfigureAwait(false);
    }

    private static void Warn(BuildSession session, string message) => session.Report(new BuildWarningEvent(new BuildWarning("CacheNotUsed", message, 0)));
}
