using System.Collections.Immutable;
using ContainerKit.Builds.Cache;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;

namespace ContainerKit.Builds.Execution;

/// <summary>Makes the image of what the last stage came to, and writes it to where it is wanted.</summary>
internal static class BuiltImage
{
    public static async Task<Image> AddAsync(BuildSession session, StageState state, ImageReference[] names, CancellationToken cancellationToken)
    {
        BuildSpec spec = session.Spec;
        ExecutionConfiguration config = state.Config;
        if (spec.Labels.Count > 0)
        {
            config = config with { Labels = new Dictionary<string, string>(config.Labels, StringComparer.Ordinal).Concat(spec.Labels).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Last().Value) };
        }
        ImageConfiguration configuration = new()
        {
            Author = state.Author,
            Architecture = state.Platform.Architecture,
            Variant = state.Platform.Variant,
            Os = state.Platform.Os,
            Config = config,
            RootFs = new RootFileSystem { DiffIds = state.Layers },
            History = session.Arguments.SourceDate is null ? state.History : [.. state.History.Select(entry => entry with { Created = Clamp(entry.Created, session) })],
        };

        // The time is part of the image: of an image that was built before it is that of the first time.
        string key = KeyOf(configuration, session);
        CachedStep? known = session.FindStep(key);
        bool isCached = known is not null;
        if (known is null)
        {
            known = new CachedStep(null, 0, 0, session.Now, "image");
            session.StoreStep(key, known);
        }
        configuration = configuration with { Created = known.Created };
        ImmutableSortedDictionary<string, string> annotations = Annotate(session, state);
        Image image = await session.Images.AddBuiltAsync(configuration, state.Blobs, annotations, spec.Squash ? [] : names, cancellationToken).ConfigureAwait(false);
        if (spec.Squash)
        {
            image = await SquashAsync(session, image, names, cancellationToken).ConfigureAwait(false);
        }
        if (spec.CacheTo is { } cache)
        {
            await CacheImages.ExportAsync(session, cache, cancellationToken).ConfigureAwait(false);
        }
        session.Report(new BuildImageEvent(image, isCached));
        foreach (BuildOutput output in spec.Outputs)
        {
            await WriteAsync(session, image, state, output, names, cancellationToken).ConfigureAwait(false);
        }
        return image;
    }

    private static DateTimeOffset? Clamp(DateTimeOffset? time, BuildSession session)
        => time is { } given && given.ToUnixTimeSeconds() > session.Arguments.SourceDate ? DateTimeOffset.FromUnixTimeSeconds(session.Arguments.SourceDate.Value) : time;

    private static string KeyOf(ImageConfiguration configuration, BuildSession session)
    {
        using var key = new CacheKey("image");
        return key.Add(configuration.ToUtf8Json()).Add(session.Arguments.SourceDate ?? long.MinValue).Finish();
    }

    private static ImmutableSortedDictionary<string, string> Annotate(BuildSession session, StageState state)
    {
        BuildSpec spec = session.Spec;
        var annotations = spec.Annotations.ToBuilder();
        if (spec.InlineCache || spec.Arguments.GetValueOrDefault("BUILDKIT_INLINE_CACHE") is "1" or "true")
        {
            annotations[ExportedCache.Annotation] = CacheImages.Describe(session, [.. state.Layers]);
        }
        if (spec.Provenance)
        {
            annotations[Provenance.Annotation] = Provenance.Write(session);
        }
        if (state.BaseImage is { } below)
        {
            // What the image comes from, as the OCI specification has it.
            annotations.TryAdd(AnnotationNames.BaseName, below.Name);
            annotations.TryAdd(AnnotationNames.BaseDigest, below.Digest.ToString());
        }
        return annotations.ToImmutable();
    }

    private static async Task<Image> SquashAsync(BuildSession session, Image image, ImageReference[] names, CancellationToken cancellationToken)
    {
        Image squashed = await session.Images.SquashAsync(image.Id.ToString(), names.Length > 0 ? names[0].FamiliarString : null, cancellationToken).ConfigureAwait(false);
        foreach (ImageReference name in names.Skip(1))
        {
            squashed = await session.Images.TagAsync(squashed.Id.ToString(), name.FamiliarString, cancellationToken).ConfigureAwait(false);
        }
        return squashed;
    }

    private static async Task WriteAsync(BuildSession session, Image image, StageState state, BuildOutput output, ImageReference[] names, CancellationToken cancellationToken)
    {
        string[] saved = names.Length > 0 ? [.. names.Select(name => name.FamiliarString)] : [image.Id.ToString()];
        switch (output.Kind)
        {
            case BuildOutputKind.ImageArchive:
                await session.Images.SaveAsync(saved, output.Path, ImageArchiveFormat.Docker, cancellationToken).ConfigureAwait(false);
                break;
            case BuildOutputKind.OciArchive:
                await session.Images.SaveAsync(saved, output.Path, ImageArchiveFormat.OciLayout, cancellationToken).ConfigureAwait(false);
                break;
            case BuildOutputKind.OciLayout:
                await session.Images.SaveLayoutAsync(saved, output.Path, cancellationToken).ConfigureAwait(false);
                break;
            case BuildOutputKind.FilesArchive:
                await WriteFilesArchiveAsync(session, state, output.Path, cancellationToken).ConfigureAwait(false);
                break;
            default:
                Directory.CreateDirectory(output.Path);
                await ArchivePipe.RunAsync(
                    (stream, token) => PackAsync(session, state, stream, skipsSpecials: true, token), (stream, token) => ExtractAsync(stream, output.Path, token), cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private static async Task WriteFilesArchiveAsync(BuildSession session, StageState state, string path, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: false);
        try
        {
            await using (file.ConfigureAwait(false))
            {
                await PackAsync(session, state, file, skipsSpecials: false, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private static async Task PackAsync(BuildSession session, StageState state, Stream output, bool skipsSpecials, CancellationToken cancellationToken)
    {
        using StageFiles files = await session.OpenFilesAsync(state, cancellationToken).ConfigureAwait(false);
        using MergedTreeDirectory root = files.OpenRoot();
        var writer = new TarWriter(output);
        var options = new PackingOptions { LatestTime = session.Arguments.SourceDate, LeavesOutDevices = skipsSpecials };
        await new TreePacker(writer, files.Owners, options).PackContentAsync(root, [], cancellationToken).ConfigureAwait(false);
        await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task ExtractAsync(Stream archive, string directory, CancellationToken cancellationToken)
    {
        using RootedDirectory target = RootedDirectory.Open(directory);
        using var input = new TarInput(archive, algorithm: null);
        using var extractor = new TreeExtractor(target, target, [], new ExtractionOptions(), new LayerLimits());
        await extractor.ExtractAsync(new TarReader(input), cancellationToken).ConfigureAwait(false);
        await input.DrainAsync(cancellationToken).ConfigureAwait(false);
    }
}
