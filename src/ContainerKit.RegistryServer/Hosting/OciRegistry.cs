using ContainerKit.Oci;
using ContainerKit.RegistryServer.Access;
using ContainerKit.RegistryServer.Blobs;
using ContainerKit.RegistryServer.Catalog;
using ContainerKit.RegistryServer.Collection;
using ContainerKit.RegistryServer.Health;
using ContainerKit.RegistryServer.Manifests;
using ContainerKit.RegistryServer.Mirroring;
using ContainerKit.RegistryServer.Notifications;
using ContainerKit.RegistryServer.Referrers;
using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Storage;
using ContainerKit.RegistryServer.Tags;
using ContainerKit.RegistryServer.Uploads;
using ContainerKit.RegistryServer.Web;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerKit.RegistryServer;

/// <summary>
/// A container registry by the OCI distribution specification 1.1, with its files in a directory. It listens nowhere itself:
/// <see cref="OciRegistryServer"/> does, or an application that has it by <see cref="OciRegistryRouteBuilderExtensions.MapOciRegistry"/>.
/// Safe for concurrent use, also by several processes on one directory.
/// </summary>
public sealed partial class OciRegistry : IAsyncDisposable
{
    private readonly GarbageCollector _collector;
    private readonly UploadStore _uploads;
    private readonly DiskThreads _disk = new();
    private readonly EventQueue _events;
    private readonly PasswordChecker? _passwords;
    private readonly RegistryClient? _upstream;
    private readonly BlobMirror? _blobMirror;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _collecting;
    private readonly ILogger _logger;
    private int _disposed;

    private OciRegistry(OciRegistryOptions options)
    {
        options.Check();
        Options = options;
        TimeProvider time = options.TimeProvider ?? TimeProvider.System;
        ILoggerFactory loggers = options.LoggerFactory ?? NullLoggerFactory.Instance;
        _logger = loggers.CreateLogger("ContainerKit.RegistryServer");
        var paths = new RegistryPaths(options.StorageDirectory);
        paths.Create();
        var metrics = new RegistryMetrics();
        var storeLock = new StoreLock(paths);
        var staged = new StagedFile(paths);
        var blobs = new BlobStore(paths, time, options.Collection.Lease);
        var repositories = new RepositoryList(paths);
        var tags = new TagStore(paths, staged);
        var referrers = new ReferrerStore(paths, staged);
        var manifests = new ManifestStore(paths, storeLock, _disk, staged, blobs, tags, referrers, time);
        _uploads = new UploadStore(paths, options.Limits, time);
        _collector = new GarbageCollector(paths, repositories, storeLock, manifests, _uploads, options.Collection, time, metrics, _logger);
        _passwords = options.HtpasswdFile is { } users ? new PasswordChecker(new HtpasswdFile(users), time) : null;
        TokenSigner? signer = options.UseTokens ? new TokenSigner(Path.Combine(paths.Root, "token.key"), time) : null;
        var policy = new AccessPolicy(options.AccessRules, isOpen: _passwords is null && signer is null && !options.TrustClientCertificates);
        var authenticator = new RegistryAuthenticator(options, policy, _passwords, signer);
        ManifestMirror? manifestMirror = null;
        if (options.Mirror is { } mirror)
        {
            _upstream = new RegistryClient(options.UpstreamOptions);
            manifestMirror = new ManifestMirror(_upstream, mirror, manifests, tags, time, _logger);
            _blobMirror = new BlobMirror(_upstream, mirror, paths, blobs, storeLock, metrics, _logger);
        }

        _events = new EventQueue(options.Webhooks, time, metrics, _logger);
        var web = new WebPages(options, repositories, tags, manifests, blobs);
        Dispatcher = new RegistryDispatcher(
            options,
            authenticator,
            signer is null ? null : new TokenEndpoint(options, authenticator, policy, signer, time),
            new RegistryPages(options, authenticator, paths, _uploads, metrics, web),
            metrics,
            _logger)
        {
            Blobs = new BlobEndpoints(blobs, _blobMirror, metrics),
            Uploads = new UploadEndpoints(_uploads, blobs, storeLock, _disk, options.Limits, metrics),
            Manifests = new ManifestEndpoints(manifests, tags, manifestMirror, _events, options.Limits),
            Tags = new TagEndpoints(repositories, tags),
            Referrers = new ReferrerEndpoints(referrers),
            Catalog = new CatalogEndpoints(repositories),
        };
        _collecting = options.Collection.Interval is { } interval && !options.ReadOnly ? CollectAsync(interval, time, _stop.Token) : Task.CompletedTask;
    }

    internal OciRegistryOptions Options { get; }

    internal RegistryDispatcher Dispatcher { get; }

    /// <summary>Opens the directory of a registry, which is made when it is not there.</summary>
    /// <param name="options">Where, and for whom.</param>
    /// <returns>The registry. Dispose it after what serves it.</returns>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    /// <exception cref="IOException">The directory can't be made, or the file of users can't be read.</exception>
    /// <exception cref="FormatException">The file of users is not what <c>htpasswd -B</c> writes.</exception>
    public static OciRegistry Open(OciRegistryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new OciRegistry(options);
    }

    /// <summary>
    /// Removes blobs that no manifest needs, uploads that nobody goes on with, and, if the options say so, manifests without a tag. The registry is served
    /// meanwhile; what a push has sent in the last <see cref="OciRegistryCollectionOptions.Lease"/> stays.
    /// </summary>
    /// <param name="cancellationToken">Stops; what was removed stays removed.</param>
    public Task<OciRegistryCollectionResult> CollectGarbageAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return _collector.CollectAsync(cancellationToken);
    }

    /// <summary>Ends what goes on in the background. Events that wait for their receivers are dropped. Idempotent.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _collecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_blobMirror is not null)
            await _blobMirror.DisposeAsync().ConfigureAwait(false);
        await _events.DisposeAsync().ConfigureAwait(false);
        _upstream?.Dispose();
        _passwords?.Dispose();
        _uploads.Dispose();
        _disk.Dispose();
        _stop.Dispose();
    }

    private async Task CollectAsync(TimeSpan interval, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await _collector.CollectAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next one finds the rest.
                CollectionFailed(_logger, e);
            }
        }
    }

    [LoggerMessage(3, LogLevel.Error, "A collection of garbage has failed")]
    private static partial void CollectionFailed(ILogger logger, Exception error);
}
