using ContainerKit.Builds.Cache;
using ContainerKit.Builds.Execution;
using ContainerKit.Containers;
using ContainerKit.Containers.Instances;
using ContainerKit.Containers.Listing;
using ContainerKit.Diagnostics;
using ContainerKit.Engine;
using ContainerKit.Images;
using ContainerKit.Networks.Host;
using ContainerKit.Oci;
using ContainerKit.Runtime;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerKit;

/// <summary>
/// The root object: containers run as children of this process, as root or as an ordinary user. Disposing the engine ends what it runs;
/// containers that
/// were created to stay are kept on disk and found by the next engine.
/// </summary>
public sealed class ContainerEngine : IAsyncDisposable
{
    private readonly ContainerContext _context;
    private readonly IContainerRuntime _runtime;
    private ImageCollection? _images;
    private readonly TimeSpan _shutdownTimeout;
    private RegistryClient? _registry;
    private ImageBuilder? _builder;
    private volatile RegistryClientOptions _registries = new();
    private int _disposed;

    private ContainerEngine(ContainerContext context, IContainerRuntime runtime, TimeSpan shutdownTimeout)
    {
        _shutdownTimeout = shutdownTimeout;
        _context = context;
        _runtime = runtime;
        Containers = new ContainerCollection(context);
        Networks = new NetworkCollection(context.Networks, context.Events, context.Paths.DataRoot);
        Volumes = new VolumeCollection(context.Volumes);
        Events = new EngineEvents(context.Events);
    }

    /// <summary>The images of the data root.</summary>
    public ImageCollection Images => _images ?? throw new InvalidOperationException("This engine was opened without images.");

    /// <summary>The containers of the data root.</summary>
    public ContainerCollection Containers { get; }

    /// <summary>The networks of the data root.</summary>
    public NetworkCollection Networks { get; }

    /// <summary>The volumes of the data root.</summary>
    public VolumeCollection Volumes { get; }

    /// <summary>What happens in this engine.</summary>
    public EngineEvents Events { get; }

    /// <summary>The directory that holds images and containers.</summary>
    public string DataRoot => _context.Paths.DataRoot;

    /// <summary>True when the engine runs without root, inside a user namespace of its own.</summary>
    public bool IsRootless => _runtime.IsRootless;

    /// <summary>How registries are reached: <see cref="EngineOptions.Registries"/>, or what <see cref="SetRegistries"/> put in their place.</summary>
    public RegistryClientOptions Registries => _registries;

    /// <summary>
    /// Changes how registries are reached: mirrors, registries without TLS, credentials. Pulls and pushes that are under way go on as they began.
    /// </summary>
    /// <param name="registries">In the place of <see cref="EngineOptions.Registries"/>.</param>
    public void SetRegistries(RegistryClientOptions registries)
    {
        ArgumentNullException.ThrowIfNull(registries);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        Images.SetRegistries(registries);
        _registries = registries;
    }

    /// <summary>Opens an engine, and removes what engine processes that died left in the data root.</summary>
    /// <param name="options">Where and how; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <exception cref="UnsupportedException">This machine or user can't run containers; the message says what is missing.</exception>
    public static async Task<ContainerEngine> OpenAsync(EngineOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new EngineOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ShutdownTimeout, TimeSpan.Zero);
        Instruments.Prepare();
        (IContainerRuntime runtime, ImageCollection images, RegistryClient registry) = await EngineComposition.CreateAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            var containerImages = new EngineImages(images);
            ContainerEngine engine = await OpenAsync(options, runtime, containerImages, cancellationToken, EngineComposition.CreateNetwork(options, runtime)).ConfigureAwait(false);
            images.Builder = engine._builder = new ImageBuilder(images, engine._context, images.Layers.Ownership, containerImages.Register);
            engine._images = images;
            engine._registry = registry;
            engine._registries = options.Registries ?? engine._registries;
            images.Events = engine._context.Events;
            images.Users = new EngineImageUsers(engine._context);
            if (options.StartContainers)
                await engine.StartContainersAsync(cancellationToken).ConfigureAwait(false);
            return engine;
        }
        catch
        {
            registry.Dispose();
            throw;
        }
    }

    /// <summary>Opens an engine over a given runtime, which it owns, and given images.</summary>
    internal static async Task<ContainerEngine> OpenAsync(
        EngineOptions options, IContainerRuntime runtime, IContainerImages images, CancellationToken cancellationToken, INetworkHost? networkHost = null)
    {
        ILogger logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("ContainerKit.Containers");
        var context = new ContainerContext(options.ResolveDataRoot(), runtime, images, options.TimeProvider ?? TimeProvider.System, logger, options.PrepareContainers,
            paths => new EngineVolumes(runtime, paths), networkHost, paths => new EngineNetworkUsers(paths),
            options.VolumeDrivers);
        try
        {
            await ContainerRecovery.RunAsync(context, cancellationToken).ConfigureAwait(false);
            await context.Volumes.RecoverAsync(cancellationToken).ConfigureAwait(false);
            await context.Networks.RecoverAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            context.Dispose();
            await runtime.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new ContainerEngine(context, runtime, options.ShutdownTimeout);
    }

    /// <summary>What images and containers take of the disk.</summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="InvalidContentException">The data root is damaged; see <see cref="VerifyAsync"/>.</exception>
    public async Task<DiskUsage> GetDiskUsageAsync(CancellationToken cancellationToken = default)
    {
        _context.Operations.ThrowIfClosed();
        ImageStorageUsage images = await Images.MeasureAsync(cancellationToken).ConfigureAwait(false);
        (long cachedLayers, long cacheMounts) = _builder is null ? (0, 0) : await BuildCachePruning.MeasureAsync(Images, _builder.Cache, cancellationToken).ConfigureAwait(false);
        return new DiskUsage
        {
            BuildCacheLayersSize = cachedLayers,
            BuildCacheMountsSize = cacheMounts,
            Images = images.Images,
            LayersSize = images.LayersSize,
            BlobsSize = images.BlobsSize,
            PartialDownloadsSize = images.PartialDownloadsSize,
            Containers = await ContainerSizes.MeasureAsync(_context, Images.OpenTreeAsync, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>Empties the build cache: what builds have made is made anew by the next ones, and what no image needs of it is freed.</summary>
    /// <param name="filters">
    /// <c>until</c>: only what was not used since then (a time, seconds since 1970, or how long ago as in <c>24h</c>); null for everything. Cache mounts
    /// that a build is using stay.
    /// </param>
    /// <param name="cancellationToken">Stops; what is removed stays removed.</param>
    /// <returns>What went.</returns>
    /// <exception cref="ArgumentException">A filter or its value is not allowed. Nothing was removed.</exception>
    public Task<BuildCachePruneReport> PruneBuildCacheAsync(FilterSet? filters = null, CancellationToken cancellationToken = default)
    {
        _context.Operations.ThrowIfClosed();
        return BuildCachePruning.RunAsync(Images, new BuildCache(Images.Root, Images.Layers, Images.Content, Images.Time), filters ?? FilterSet.Empty, cancellationToken);
    }

    /// <summary>
    /// Verifies the data root: every blob, image, unpacked layer and container, and what dead processes have left. Safe while other processes use
    /// the data root, and without effect on them unless something has to be repaired.
    /// </summary>
    /// <param name="options">What is done; null: everything is checked, nothing is repaired.</param>
    /// <param name="cancellationToken">Stops; what is repaired stays so.</param>
    /// <returns>What is wrong, and what was done about it. Problems are data, not an exception.</returns>
    public Task<VerificationReport> VerifyAsync(VerificationOptions? options = null, CancellationToken cancellationToken = default)
    {
        _context.Operations.ThrowIfClosed();
        return EngineVerification.RunAsync(_context, Images, options ?? new VerificationOptions(), cancellationToken);
    }

    /// <summary>
    /// Kills the containers that this engine runs, except for detached ones, which go on; removes those that are owned by handles or remove themselves, and lets go of the rest.
    /// Starts that are
    /// under way are undone and throw <see cref="ObjectDisposedException"/>. Idempotent.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _context.Operations.CloseAsync().ConfigureAwait(false);
        await Task.WhenAll(_context.Instances.Values.Select(instance => instance.CloseAsync(_shutdownTimeout))).ConfigureAwait(false);
        await _context.Prepared.DisposeAsync().ConfigureAwait(false);
        await _context.Removals.DrainAsync().ConfigureAwait(false);
        await _context.Networks.CloseAsync().ConfigureAwait(false);
        _context.Events.Close();
        await _runtime.DisposeAsync().ConfigureAwait(false);
        _builder?.Dispose();
        _images?.CloseRegistries();
        _registry?.Dispose();
        _context.Dispose();
    }

    /// <summary>Starts what the restart policies say; one that fails does not keep the others from their turn.</summary>
    internal async Task StartContainersAsync(CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<ContainerInfo> all = await Containers.ListAsync(cancellationToken).ConfigureAwait(false);
            await Parallel.ForEachAsync(all.Where(info => info.Status == ContainerStatus.Exited && info.Spec.RestartPolicy.Mode != RestartMode.No), cancellationToken, async (info, token) =>
            {
                if (await ContainerLookup.FindAsync(_context, info.Id).ConfigureAwait(false) is ContainerInstance instance)
                    await instance.StartAtOpenAsync(token).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
