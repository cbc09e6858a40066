using ContainerKit.Oci;

namespace ContainerKit.Builds.Execution;

/// <summary>A build for several platforms: one build each, and what holds them together.</summary>
internal static class PlatformIndex
{
    /// <exception cref="ArgumentException">Something of the spec is for one platform only.</exception>
    public static void Validate(BuildSpec spec)
    {
        if (spec.Platforms.Length == 0)
        {
            return;
        }
        if (spec.Platform is not null)
        {
            throw new ArgumentException($"{nameof(spec.Platform)} '{spec.Platform}' and {nameof(spec.Platforms)} don't go together.");
        }
        if (spec.Platforms.Distinct().Count() != spec.Platforms.Length)
        {
            throw new ArgumentException($"{nameof(spec.Platforms)} '{string.Join(", ", spec.Platforms)}' is not allowed: expected each platform once.");
        }
        if (spec.Outputs.FirstOrDefault(output => output.Kind is BuildOutputKind.ImageArchive or BuildOutputKind.FilesArchive) is { } output)
        {
            throw new ArgumentException($"The output {output.Kind} holds one platform only: for {spec.Platforms.Length} platforms take an OCI layout, an OCI archive or a directory of files.");
        }
        if (spec.CacheTo is not null)
        {
            throw new ArgumentException($"{nameof(spec.CacheTo)} '{spec.CacheTo}' is for one platform only. Build each platform with an image of its own.");
        }
    }

    /// <summary>The platform whose image gets the names: the one that this machine runs, or the first.</summary>
    public static Platform ChooseMain(BuildSpec spec) => spec.Platforms.FirstOrDefault(Platform.Current.CanRun) ?? spec.Platforms[0];

    /// <summary>The build for one of the platforms.</summary>
    public static BuildSpec For(BuildSpec spec, Platform platform) => spec with
    {
        Platform = platform,
        Platforms = [],
        Outputs = [.. spec.Outputs.Where(output => output.Kind == BuildOutputKind.Files).Select(output => BuildOutput.Files(Path.Combine(output.Path, platform.ToString().Replace('/', '_'))))],
    };

    /// <summary>Writes the outputs that hold all of them.</summary>
    public static async Task WriteAsync(ImageCollection images, BuildSpec spec, IReadOnlyList<Image> built, IReadOnlyList<ImageReference> names, CancellationToken cancellationToken)
    {
        foreach (BuildOutput output in spec.Outputs.Where(output => output.Kind is BuildOutputKind.OciLayout or BuildOutputKind.OciArchive))
        {
            await images.SaveIndexAsync(built, names, output.Path, output.Kind == BuildOutputKind.OciLayout, cancellationToken).ConfigureAwait(false);
        }
    }
}
