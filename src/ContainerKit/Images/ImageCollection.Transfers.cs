using System.Diagnostics;
using ContainerKit.Diagnostics;
using ContainerKit.Images;
using ContainerKit.Images.Transfers;
using ContainerKit.Linux.Io;
using ContainerKit.Oci;

namespace ContainerKit;

/// <content>Exchange with registries.</content>
public sealed partial class ImageCollection
{
    /// <summary>
    /// Pulls an image from its registry. Layers are fetched and unpacked at the same time; those that are here already, or that another engine
    /// on this data root is fetching, are not fetched again. A pull that was interrupted goes on where it was when it is repeated.
    /// </summary>
    /// <param name="reference">A name such as <c>alpine:3.20</c>, <c>ghcr.io/team/app@sha256:…</c> or <c>localhost:5000/app</c>.</param>
    /// <param name="options">Platform, policy, credentials, progress; null for the defaults.</param>
    /// <param name="cancellationToken">Stops; what has come of layers is kept for the next time.</param>
    /// <returns>The image, which has the name now.</returns>
    /// <exception cref="NotFoundException">The registry has no such image, or the policy forbids pulling and it is not here.</exception>
    /// <exception cref="RegistryAccessException">The registry refuses, asks for other credentials, or can't be reached.</exception>
    /// <exception cref="ContentMismatchException">The registry has something else than it should.</exception>
    /// <exception cref="InvalidContentException">The name breaks the grammar, or the image is malformed or hostile.</exception>
    /// <exception cref="UnsupportedException">There is no image for the platform, or it is of a kind or codec that is not supported.</exception>
    public async Task<Image> PullAsync(string reference, ImagePullOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        options ??= new ImagePullOptions();
        ImageReference name = ImageDocuments.ParseReference(reference, "name");
        string what = $"pull of {name.FamiliarString}";
        RegistryClient client = OpenClient(name.Registry, options.Credential);
        MeasuredOperation measured = MeasuredOperation.Begin("containerkit.image.pull", Instruments.PullDuration, ActivityKind.Client);
        Describe(measured, name);
        try
        {
            Image? present = await FindPulledAsync(client, name, options, cancellationToken).ConfigureAwait(false);
            Image image = present
                ?? (await AddAsync(
                    async token => [await TransferErrors.TranslateAsync(
                        what, () => new ImagePuller(_root, _content, _layers, client, _time).PullAsync(name, options, token)).ConfigureAwait(false)],
                    cancellationToken).ConfigureAwait(false))[0];
            measured.Activity?.SetTag(TagNames.ImageId, image.Id.ToString()).SetTag(TagNames.ManifestDigest, image.ManifestDigest.ToString());
            measured.End(TagNames.PullResult, present is null ? "pulled" : "present");
            return image;
        }
        catch (Exception e)
        {
            measured.Fail(e);
            throw;
        }
        finally
        {
            Close(client);
        }
    }

    /// <summary>As <see cref="PullAsync(string, ImagePullOptions?, CancellationToken)"/>, with the defaults.</summary>
    /// <param name="reference">A name such as <c>alpine:3.20</c>.</param>
    /// <param name="progress">Is told how each layer comes along, from any thread.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The image, which has the name now.</returns>
    public Task<Image> PullAsync(string reference, IProgress<ImageTransferProgress> progress, CancellationToken cancellationToken = default)
        => PullAsync(reference, new ImagePullOptions { Progress = progress }, cancellationToken);

    /// <summary>Pushes an image to a registry. Layers that the registry has already, also in another repository of the image, are not sent.</summary>
    /// <param name="nameOrId">The image, as for <see cref="FindAsync"/>.</param>
    /// <param name="options">Destination, credentials, progress; null for the defaults: to where the name says.</param>
    /// <param name="cancellationToken">Stops; what was sent stays with the registry for a while.</param>
    /// <returns>The name with the digest by which the registry knows the image now.</returns>
    /// <exception cref="NotFoundException">There is no such image, or not all of it is here.</exception>
    /// <exception cref="RegistryAccessException">The registry refuses, asks for other credentials, or can't be reached.</exception>
    /// <exception cref="InvalidContentException">The destination breaks the grammar, or is an id.</exception>
    public async Task<ImageReference> PushAsync(string nameOrId, ImagePushOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrId);
        options ??= new ImagePushOptions();
        ImageReference destination = ParseTag(options.Destination ?? nameOrId);
        using FileLock held = await _sweeper.HoldAsync(cancellationToken).ConfigureAwait(false);
        Image image = await GetAsync(nameOrId, cancellationToken).ConfigureAwait(false);
        Descriptor entry = _catalog.Read().Manifests.FirstOrDefault(entry => entry.Digest == image.ManifestDigest) ?? throw NotFound(nameOrId);
        RegistryClient client = OpenClient(destination.Registry, options.Credential);
        MeasuredOperation measured = MeasuredOperation.Begin("containerkit.image.push", Instruments.PushDuration, ActivityKind.Client);
        Describe(measured, destination);
        measured.Activity?.SetTag(TagNames.ImageId, image.Id.ToString()).SetTag(TagNames.ManifestDigest, entry.Digest.ToString());
        try
        {
            await TransferErrors.TranslateAsync(
                $"push to {destination.FamiliarString}",
                async () =>
                {
                    await new ImagePusher(_content, client).PushAsync(
                        entry, destination, [.. image.References, .. image.RepositoryDigests], options, cancellationToken).ConfigureAwait(false);
                    return true;
                }).ConfigureAwait(false);
            measured.End();
        }
        catch (Exception e)
        {
            measured.Fail(e);
            throw;
        }
        finally
        {
            Close(client);
        }
        await _catalog.AddAsync(entry, [ImageReference.Parse($"{destination.Name}@{entry.Digest}")], cancellationToken).ConfigureAwait(false);
        return destination.WithDigest(entry.Digest);
    }

    /// <summary>As <see cref="PushAsync(string, ImagePushOptions?, CancellationToken)"/>, with the defaults.</summary>
    /// <param name="reference">The name of the image, which says where to.</param>
    /// <param name="progress">Is told how each layer comes along, from any thread.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The name with the digest by which the registry knows the image now.</returns>
    public Task<ImageReference> PushAsync(string reference, IProgress<ImageTransferProgress> progress, CancellationToken cancellationToken = default)
        => PushAsync(reference, new ImagePushOptions { Progress = progress }, cancellationToken);

    /// <summary>The image that makes a pull unnecessary, or null.</summary>
    private async Task<Image?> FindPulledAsync(RegistryClient client, ImageReference name, ImagePullOptions options, CancellationToken cancellationToken)
    {
        Image? local = await _reader.FindAsync(name, cancellationToken).ConfigureAwait(false);
        if (local is not null && (!IsComplete(local) || options.Platform?.CanRun(local.Configuration.Platform) == false))
        {
            local = null;
        }
        switch (options.Policy)
        {
            case PullPolicy.Never:
                return local ?? throw new NotFoundException($"There is no image {name.FamiliarString} here, and the policy forbids to pull it.");
            case PullPolicy.Missing:
                return local;
            case PullPolicy.Newer when local is not null:
                return await IsNewestAsync(client, name, local, cancellationToken).ConfigureAwait(false) ? local : null;
            default:
                return null;
        }
    }

    private bool IsComplete(Image image) => image.Layers.All(_layers.Contains);

    private static async Task<bool> IsNewestAsync(RegistryClient client, ImageReference name, Image local, CancellationToken cancellationToken)
    {
        try
        {
            Descriptor? remote = await client.Manifests.HeadAsync(name, cancellationToken).ConfigureAwait(false);
            return remote is null || local.ManifestDigest == remote.Digest
                || local.RepositoryDigests.Any(known => known.Name == name.Name && known.Digest == remote.Digest);
        }
        catch (RegistryException)
        {
            return true;
        }
    }

    private static void Describe(MeasuredOperation measured, ImageReference name)
    {
        measured.Activity?.SetTag(TagNames.ImageName, name.Name).SetTag(TagNames.ServerAddress, name.Registry);
        if (name.Tag is { } tag)
            measured.Activity?.SetTag(TagNames.ImageTags, new[] { tag });
    }

    private RegistryClient OpenClient(string registry, RegistryCredential? credential)
    {
        RegistryClientOptions options = _registries.Options;
        return credential is null
            ? _registries.Client
            : new RegistryClient(options with
            {
                Credentials = CredentialSources.Combine(
                    CredentialSources.FromDictionary(new Dictionary<string, RegistryCredential> { [registry] = credential }), options.Credentials),
            });
    }

    private void Close(RegistryClient client)
    {
        if (!IsShared(client))
        {
            client.Dispose();
        }
    }
}
