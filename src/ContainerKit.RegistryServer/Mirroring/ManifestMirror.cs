using ContainerKit.Oci;
using ContainerKit.RegistryServer.Manifests;
using ContainerKit.RegistryServer.Tags;
using Microsoft.Extensions.Logging;

namespace ContainerKit.RegistryServer.Mirroring;

/// <summary>Manifests of the registry that this one is a cache of. Those that are asked for by digest never change; tags are asked for again after a while.</summary>
internal sealed partial class ManifestMirror(RegistryClient client, OciRegistryMirrorOptions options, ManifestStore manifests, TagStore tags, TimeProvider time, ILogger logger)
{
    /// <summary>The manifest of a digest; null where the registry does not have it.</summary>
    internal async Task<StoredManifest?> FetchAsync(string repository, Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await StoreAsync(repository, null, Reference(repository).WithDigest(digest), cancellationToken).ConfigureAwait(false);
        }
        catch (RegistryException e) when (e.IsNotFound || e.IsUnauthorized)
        {
            return null;
        }
        catch (RegistryException e)
        {
            throw Unreachable(e);
        }
    }

    /// <summary>The manifest of a tag: the one that is kept while it is fresh, or the registry can't be reached.</summary>
    internal async Task<StoredManifest?> FetchAsync(string repository, string tag, CancellationToken cancellationToken)
    {
        StoredManifest? kept = await manifests.FindAsync(repository, tag, cancellationToken).ConfigureAwait(false);
        if (kept is not null && time.GetUtcNow() - tags.FindTime(repository, tag) < options.TagLifetime)
            return kept;
        ImageReference reference = Reference(repository).WithTag(tag);
        try
        {
            if (kept is not null && await client.Manifests.HeadAsync(reference, cancellationToken).ConfigureAwait(false) is { } current && current.Digest == kept.Digest)
            {
                tags.Touch(repository, tag, time.GetUtcNow());
                return kept;
            }

            return await StoreAsync(repository, tag, reference, cancellationToken).ConfigureAwait(false);
        }
        catch (RegistryException e) when (e.IsNotFound || e.IsUnauthorized)
        {
            return null;
        }
        catch (RegistryException e) when (kept is not null)
        {
            Stale(logger, repository, tag, e.Message);
            return kept;
        }
        catch (RegistryException e)
        {
            throw Unreachable(e);
        }
    }

    private async Task<StoredManifest> StoreAsync(string repository, string? tag, ImageReference reference, CancellationToken cancellationToken)
    {
        RegistryManifest fetched = await client.Manifests.GetAsync(reference, cancellationToken).ConfigureAwait(false);
        Descriptor descriptor = fetched.Descriptor;
        ManifestDocument document = ManifestDocument.Parse(fetched.Content, null) with { MediaType = descriptor.MediaType };
        await manifests.PutAsync(repository, tag, descriptor.Digest, fetched.Content, document, isComplete: false, cancellationToken).ConfigureAwait(false);
        return new StoredManifest(descriptor.Digest, descriptor.MediaType, fetched.Content.ToArray());
    }

    private ImageReference Reference(string repository) => MirrorName.ToReference(options.Registry, repository);

    private static Routing.RegistryFault Unreachable(RegistryException error) => Routing.RegistryFault.Unavailable($"the registry that this one is a cache of: {error.Message}");

    [LoggerMessage(20, LogLevel.Warning, "{Repository}:{Tag} is served as it was: {Reason}")]
    private static partial void Stale(ILogger logger, string repository, string tag, string reason);
}
