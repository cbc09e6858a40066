using System.Collections.Concurrent;
using ContainerKit.Builds.Cache;
using ContainerKit.Builds.Contexts;
using ContainerKit.Builds.Parsing;
using ContainerKit.Builds.Planning;
using ContainerKit.Containers;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Builds.Execution;

/// <summary>What the stages of one build share.</summary>
internal sealed class BuildSession : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Task<OpenedContext>>> _contexts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, Lazy<Task<StageState>>> _images = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, Task<StageState>> _stages = new();
    private readonly Dictionary<string, CachedStep> _imported = new(StringComparer.Ordinal);
    private readonly IProgress<BuildEvent>? _progress;
    private int _steps;
    private int _hasAdded;

    public BuildSession(ImageBuilder builder, BuildSpec spec, BuildPlan plan, BuildArguments arguments, OpenedContext context, IProgress<BuildEvent>? progress)
    {
        Builder = builder;
        Spec = spec;
        Plan = plan;
        Arguments = arguments;
        Context = context;
        _progress = progress;
    }

    public ImageBuilder Builder { get; }

    public ImageCollection Images => Builder.Images;

    public BuildCache Cache => Builder.Cache;

    public ContainerContext Containers => Builder.Containers;

    public BuildSpec Spec { get; }

    public BuildPlan Plan { get; }

    public Dockerfile File => Plan.File;

    public BuildArguments Arguments { get; }

    public OpenedContext Context { get; }

    /// <summary>What the steps of this build have made, by their keys.</summary>
    public ConcurrentDictionary<string, CachedStep> Steps { get; } = new(StringComparer.Ordinal);

    /// <summary>What the image was made of besides the context: what it is called, and its digest or commit.</summary>
    public ConcurrentDictionary<string, string> Materials { get; } = new(StringComparer.Ordinal);

    /// <summary>What a step made; null where that is not known, or nobody wants to know.</summary>
    public CachedStep? FindStep(string key)
    {
        if (Spec.NoCache)
        {
            return null;
        }
        CachedStep? found = Cache.Find(key);
        if (found is null && _imported.TryGetValue(key, out found))
        {
            Cache.Store(key, found);
        }
        if (found is not null)
        {
            Steps[key] = found;
        }
        return found;
    }

    /// <summary>Remembers what a step made.</summary>
    public void StoreStep(string key, CachedStep step)
    {
        Cache.Store(key, step);
        Steps[key] = step;
    }

    /// <summary>Takes what the images have that count as a cache.</summary>
    public async Task ImportCachesAsync(CancellationToken cancellationToken)
    {
        foreach (string reference in Spec.NoCache ? [] : Spec.CacheFrom)
        {
            if (await CacheImages.ReadAsync(this, reference, cancellationToken).ConfigureAwait(false) is not { } steps)
            {
                continue;
            }
            foreach ((string key, CachedStep step) in steps)
            {
                _imported.TryAdd(key, step);
            }
        }
    }

    /// <summary>The time that new things get.</summary>
    public DateTimeOffset Now => Arguments.SourceDate is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : Images.Time.GetUtcNow();

    public void Report(BuildEvent happened) => _progress?.Report(happened);

    public BuildStep NextStep(PlannedStage stage, DockerfileInstruction instruction)
        => new(Interlocked.Increment(ref _steps), Plan.StepCount, stage.Display, instruction.Text, instruction.Line);

    /// <summary>Begins a stage; those that need it wait for it.</summary>
    public void Begin(PlannedStage stage, Func<Task<StageState>> run) => _stages[stage.Index] = run();

    /// <summary>What a stage came to.</summary>
    public Task<StageState> StageAsync(int index, CancellationToken cancellationToken) => _stages[index].WaitAsync(cancellationToken);

    public IEnumerable<Task> Running => _stages.Values;

    /// <summary>A named context; null where there is none of the name.</summary>
    public async Task<OpenedContext?> FindContextAsync(string name, CancellationToken cancellationToken)
    {
        if (!Spec.NamedContexts.TryGetValue(name, out BuildContext? context) || context.Kind == BuildContextKind.Image)
        {
            return null;
        }
        return await _contexts.GetOrAdd(name, _ => new Lazy<Task<OpenedContext>>(() => OpenedContext.OpenAsync(context, Images.Root, cancellationToken))).Value.ConfigureAwait(false);
    }

    /// <summary>An image that files are taken from, or that a stage begins with; pulled when it is missing.</summary>
    public Task<StageState> ImageAsync(string reference, Platform? platform, CancellationToken cancellationToken)
        => _images.GetOrAdd($"{platform}|{reference}", _ => new Lazy<Task<StageState>>(() => BaseImages.LoadAsync(this, reference, platform, cancellationToken))).Value;

    /// <summary>Stores a layer.</summary>
    public async Task<(Digest Layer, Descriptor Blob, long Size)> AddLayerAsync(Func<Stream, CancellationToken, Task> write, string what, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _hasAdded, 1) == 0)
        {
            // From here on there may be content that nobody needs, also after a crash.
            Images.RequestSweep();
        }
        (LayerInfo layer, Descriptor blob) = await Images.AddLayerAsync(write, what, cancellationToken).ConfigureAwait(false);
        return (layer.DiffId, blob, layer.Size);
    }

    /// <summary>The files of layers.</summary>
    /// <returns>Owned by the caller.</returns>
    public async ValueTask<StageFiles> OpenFilesAsync(StageState state, CancellationToken cancellationToken)
        => new(await Images.OpenLayersAsync(state.Layers, cancellationToken).ConfigureAwait(false), Images.Layers.Owners);

    public async ValueTask DisposeAsync()
    {
        foreach (Lazy<Task<OpenedContext>> opened in _contexts.Values)
        {
            if (opened.IsValueCreated && opened.Value.IsCompletedSuccessfully)
            {
                await (await opened.Value.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
