using System.Collections.Concurrent;
using System.Collections.Immutable;
using ContainerKit.Containers;
using ContainerKit.Images;
using ContainerKit.Oci;

namespace ContainerKit.Engine;

/// <summary>The images of the data root, as containers need them.</summary>
internal sealed class EngineImages(ImageCollection images) : IContainerImages
{
    /// <summary>
    /// An id names content, so what it resolves to never changes; whether it is still there is found out when its layers are leased.
    /// </summary>
    private readonly ConcurrentDictionary<string, Image> _byId = new(StringComparer.Ordinal);

    /// <summary>Images of builds that are under way, and how many of their containers there are.</summary>
    private readonly ConcurrentDictionary<string, (Image Image, int Count)> _registered = new(StringComparer.Ordinal);

    /// <summary>Makes an image known that is in no catalog.</summary>
    /// <returns>Makes it unknown again when it is disposed.</returns>
    internal IDisposable Register(Image image)
    {
        _registered.AddOrUpdate(image.Id.ToString(), _ => (image, 1), (_, known) => (image, known.Count + 1));
        return new Registration(this, image.Id.ToString());
    }

    public async ValueTask<ContainerImage> ResolveAsync(string reference, CancellationToken cancellationToken)
    {
        if (reference.StartsWith(ContainerSpec.DirectoryPrefix, StringComparison.Ordinal))
        {
            return Convert(await images.FromDirectoryAsync(reference[ContainerSpec.DirectoryPrefix.Length..], cancellationToken).ConfigureAwait(false));
        }

        if (_registered.TryGetValue(reference, out (Image Image, int Count) registered))
        {
            return Convert(registered.Image);
        }

        if (!_byId.TryGetValue(reference, out Image? image))
        {
            image = await images.GetAsync(reference, cancellationToken).ConfigureAwait(false);
            _byId[image.Id.ToString()] = image;
        }

        return Convert(image);
    }

    public async ValueTask LeaseAsync(ContainerImage image, string containerDirectory, bool durable, CancellationToken cancellationToken)
    {
        if (_registered.TryGetValue(image.Id, out (Image Image, int Count) registered))
        {
            await images.LeaseLayersAsync(registered.Image, containerDirectory, durable, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (!_byId.TryGetValue(image.Id, out Image? known))
        {
            // A directory has no layers of ours.
            return;
        }

        try
        {
            await images.LeaseLayersAsync(known, containerDirectory, durable, cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException)
        {
            _byId.TryRemove(image.Id, out _);
            throw;
        }
    }

    public ValueTask ReleaseAsync(CancellationToken cancellationToken) => images.ReleaseAsync(cancellationToken);

    public Task<Image> CommitAsync(ImageCommit commit, CancellationToken cancellationToken) => images.CommitAsync(commit, cancellationToken);

    private static ContainerImage Convert(Image image)
    {
        ExecutionConfiguration config = image.Configuration.Config ?? new ExecutionConfiguration();
        return new ContainerImage
        {
            Id = image.Id.ToString(),
            LayerDirectories = image.ResolveLayerDirectories(),
            Environment = [.. config.Env ?? []],
            Entrypoint = [.. config.Entrypoint ?? []],
            Command = [.. config.Cmd ?? []],
            User = config.User ?? "",
            WorkingDirectory = config.WorkingDir ?? "",
            Labels = (config.Labels ?? ImmutableSortedDictionary<string, string>.Empty).ToImmutableSortedDictionary(),
            StopSignal = config.StopSignal,
            HealthProbe = Convert(config.HealthCheck),
            Shell = [.. config.Shell],
            Volumes = [.. config.Volumes.Order(StringComparer.Ordinal)],
            ExposedPorts = [.. config.ExposedPorts],
        };
    }

    /// <summary>An image is not the caller's to correct: what it says wrongly is taken for its defaults.</summary>
    private static HealthProbe? Convert(HealthCheck? check)
    {
        if (check is null || check.Test is not ([] or ["NONE"] or ["CMD", _, ..] or ["CMD-SHELL", _]))
            return null;
        return new HealthProbe
        {
            Test = [.. check.Test],
            Interval = PositiveOrNull(check.Interval),
            Timeout = PositiveOrNull(check.Timeout),
            StartPeriod = PositiveOrNull(check.StartPeriod),
            StartInterval = PositiveOrNull(check.StartInterval),
            Retries = check.Retries > 0 ? check.Retries : null,
        };

        static TimeSpan? PositiveOrNull(TimeSpan? time) => time >= TimeSpan.FromMilliseconds(1) ? (time < TimeSpan.FromDays(40) ? time : TimeSpan.FromDays(40)) : null;
    }

    private void Forget(string id)
    {
        while (_registered.TryGetValue(id, out (Image Image, int Count) known))
        {
            bool done = known.Count == 1
                ? _registered.TryRemove(KeyValuePair.Create(id, known))
                : _registered.TryUpdate(id, (known.Image, known.Count - 1), known);
            if (done)
                return;
        }
    }

    private sealed class Registration(EngineImages owner, string id) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                owner.Forget(id);
        }
    }
}
