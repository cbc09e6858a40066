using ContainerKit.Builds.Cache;
using ContainerKit.Builds.Contexts;
using ContainerKit.Builds.Parsing;
using ContainerKit.Builds.Planning;
using ContainerKit.Containers;
using ContainerKit.Containers.Instances;
using ContainerKit.Diagnostics;
using ContainerKit.Images;
using ContainerKit.Linux.Io;
using ContainerKit.Oci;
using ContainerKit.Storage.Ownership;

namespace ContainerKit.Builds.Execution;

/// <summary>Builds images with the containers and the store of an engine.</summary>
internal sealed class ImageBuilder : IImageBuilder, IDisposable
{
    private readonly Func<Image, IDisposable> _register;
    private readonly Lazy<HttpMessageInvoker> _http = new(static () => new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromMinutes(1) }));
    private readonly Lazy<Downloads> _downloads;

    /// <param name="images">The store.</param>
    /// <param name="containers">The containers.</param>
    /// <param name="ownership">How owners of files are set.</param>
    /// <param name="register">Makes an image known to containers until the result is disposed.</param>
    public ImageBuilder(ImageCollection images, ContainerContext containers, IFileOwnership ownership, Func<Image, IDisposable> register)
    {
        Images = images;
        Containers = containers;
        Ownership = ownership;
        _register = register;
        Cache = new BuildCache(images.Root, images.Layers, images.Content, images.Time);
        Hashes = new FileHashes(images.Root, Cache.HashesFile, images.Time);
        _downloads = new Lazy<Downloads>(() => new Downloads(_http.Value, Cache, Hashes, images.Time));
    }

    public ImageCollection Images { get; }

    public ContainerContext Containers { get; }

    public IFileOwnership Ownership { get; }

    public BuildCache Cache { get; }

    public FileHashes Hashes { get; }

    public Downloads Downloads => _downloads.Value;

    public IDisposable Register(Image image) => _register(image);

    public void Dispose()
    {
        if (_http.IsValueCreated)
            _http.Value.Dispose();
    }

    /// <summary>Builds an image.</summary>
    public async Task<Image> BuildAsync(BuildSpec spec, IProgress<BuildEvent>? progress, CancellationToken cancellationToken)
    {
        CommandSettings.Validate(spec);
        PlatformIndex.Validate(spec);
        ImageReference[] names = [.. spec.Tags.Select(tag => ParseTag(tag))];
        using OperationGate.Operation operation = Containers.Operations.Enter(cancellationToken);
        MeasuredOperation measured = MeasuredOperation.Begin("containerkit.build", Instruments.BuildDuration);
        if (names.Length > 0)
            measured.Activity?.SetTag(TagNames.ImageName, names[0].Name).SetTag(TagNames.ImageTags, names.Select(name => name.Tag).OfType<string>().ToArray());
        try
        {
            Image image = await BuildHeldAsync(spec, names, progress, operation.Token).ConfigureAwait(false);
            measured.Activity?.SetTag(TagNames.ImageId, image.Id.ToString());
            measured.End();
            return image;
        }
        catch (Exception e)
        {
            measured.Fail(e);
            if (e is OperationCanceledException && operation.WasClosed)
                throw OperationGate.CreateClosedException();
            throw;
        }
    }

    private async Task<Image> BuildHeldAsync(BuildSpec spec, ImageReference[] names, IProgress<BuildEvent>? progress, CancellationToken cancellationToken)
    {
        try
        {
            // Nothing that is found in the cache goes before the image has it.
            using FileLock held = await Images.HoldContentAsync(cancellationToken).ConfigureAwait(false);
            OpenedContext context = await OpenedContext.OpenWithoutRulesAsync(spec.Context, Images.Root, cancellationToken, KeepsGitDirectory(spec)).ConfigureAwait(false);
            await using (context.ConfigureAwait(false))
            {
                return await BuildAsync(spec, names, context, progress, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Hashes.Save();
            await Images.SweepAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task<Image> BuildAsync(BuildSpec spec, ImageReference[] names, OpenedContext context, IProgress<BuildEvent>? progress, CancellationToken cancellationToken)
    {
        Dockerfile file = ReadDockerfile(spec, context);
        context.ReadRules(spec.Dockerfile);
        Warn(file, progress);
        if (spec.Platforms.Length == 0)
        {
            return await BuildAsync(spec, names, file, context, progress, cancellationToken).ConfigureAwait(false);
        }
        Platform main = PlatformIndex.ChooseMain(spec);
        var images = new List<Image>();
        foreach (Platform platform in spec.Platforms)
        {
            BuildSpec one = PlatformIndex.For(spec, platform);
            images.Add(await BuildAsync(one, platform == main ? names : [], file, context, progress, cancellationToken).ConfigureAwait(false));
        }
        await PlatformIndex.WriteAsync(Images, spec, images, names, cancellationToken).ConfigureAwait(false);
        return images[spec.Platforms.IndexOf(main)];
    }

    private async Task<Image> BuildAsync(
        BuildSpec spec, ImageReference[] names, Dockerfile file, OpenedContext context, IProgress<BuildEvent>? progress, CancellationToken cancellationToken)
    {
        var arguments = new BuildArguments(spec);
        BuildPlan plan = BuildPlan.Create(file, arguments, spec.Target, [.. spec.NamedContexts.Keys]);
        var session = new BuildSession(this, spec, plan, arguments, context, progress);
        await using (session.ConfigureAwait(false))
        {
            if (context is { Commit: { } commit })
            {
                session.Materials[GitLocation.TryParse(spec.Context.Location)!.ToString()] = commit;
            }
            await session.ImportCachesAsync(cancellationToken).ConfigureAwait(false);
            StageState state = await RunStagesAsync(session, cancellationToken).ConfigureAwait(false);
            foreach (string unused in arguments.Unused)
            {
                progress?.Report(new BuildWarningEvent(new BuildWarning("UnconsumedBuildArg", $"The build argument {unused} was not consumed: no ARG declares it.", 0)));
            }
            return await BuiltImage.AddAsync(session, state, names, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs the stages that are needed, all at the same time; each waits for those that it needs.</summary>
    private static async Task<StageState> RunStagesAsync(BuildSession session, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Exception? failure = null;
        foreach (PlannedStage stage in session.Plan.Needed)
        {
            session.Begin(stage, async () =>
            {
                try
                {
                    return await StageRunner.RunAsync(session, stage, ended.Token).ConfigureAwait(false);
                }
                catch (Exception e)
                {
                    // The first one is the reason; the others are stopped by it.
                    Interlocked.CompareExchange(ref failure, e, null);
                    await ended.CancelAsync().ConfigureAwait(false);
                    throw;
                }
            });
        }
        try
        {
            await Task.WhenAll(session.Running).ConfigureAwait(false);
            return await session.StageAsync(session.Plan.Target.Index, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
            throw;
        }
    }

    private static Dockerfile ReadDockerfile(BuildSpec spec, OpenedContext context)
    {
        if (spec.DockerfileText is { } text)
        {
            return Check(DockerfileParser.Parse(System.Text.Encoding.UTF8.GetBytes(text), "Dockerfile"));
        }
        byte[] content = context.TryRead(spec.Dockerfile, DockerfileParser.MaxFileBytes)
            ?? throw new BuildException($"There is no Dockerfile {spec.Dockerfile} in the context.", spec.Dockerfile);
        return Check(DockerfileParser.Parse(content, spec.Dockerfile));
    }

    private static Dockerfile Check(Dockerfile file)
    {
        bool isKnown = file.Syntax is not { } syntax || syntax.Contains("docker/dockerfile", StringComparison.Ordinal);
        return isKnown ? file : throw new UnsupportedException($"{file.Name} wants the frontend {file.Syntax}: only docker/dockerfile is supported, which is built in. Leave the directive out.");
    }

    private static void Warn(Dockerfile file, IProgress<BuildEvent>? progress)
    {
        foreach (BuildWarning warning in file.Warnings)
        {
            progress?.Report(new BuildWarningEvent(warning));
        }
        if (file.Warnings.Length > 0 && DockerfileLint.AreErrors(file.Check))
        {
            BuildWarning first = file.Warnings[0];
            throw new BuildException($"{first.Rule}: {first.Message} The file's check directive makes that an error.", file.Name, first.Line, 1);
        }
    }

    private static bool KeepsGitDirectory(BuildSpec spec) => spec.Arguments.GetValueOrDefault("BUILDKIT_CONTEXT_KEEP_GIT_DIR") is "1" or "true";

    private static ImageReference ParseTag(string tag)
    {
        ImageReference name = ImageDocuments.ParseReference(tag, "tag");
        return name.Digest is null ? name : throw new InvalidContentException($"The tag {tag} has a digest, which is not given but follows from the image.");
    }
}
