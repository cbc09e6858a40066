using ContainerKit.Images;
using ContainerKit.Images.Transfers;
using ContainerKit.Oci;

namespace ContainerKit;

/// <content>What registries have, without fetching it.</content>
public sealed partial class ImageCollection
{
    /// <summary>No repository that somebody wants all of has more.</summary>
    private const int MaxRemoteTags = 100_000;

    /// <summary>Asks a registry what it has under a name. Registries may count this as a pull.</summary>
    /// <param name="reference">A name such as <c>alpine:3.20</c>.</param>
    /// <param name="credential">Who asks; null: as configured.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="NotFoundException">The registry has no such image.</exception>
    /// <exception cref="RegistryAccessException">The registry refuses, asks for other credentials, or can't be reached.</exception>
    /// <exception cref="InvalidContentException">The name breaks the grammar, or the answer is malformed.</exception>
    public async Task<RemoteImage> InspectRemoteAsync(string reference, RegistryCredential? credential = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        ImageReference name = ImageDocuments.ParseReference(reference, "name");
        RegistryClient client = OpenClient(name.Registry, credential);
        try
        {
            return await TransferErrors.TranslateAsync($"inspection of {name.FamiliarString}", async () =>
            {
                RegistryManifest manifest = await client.Manifests.GetAsync(name, cancellationToken).ConfigureAwait(false);
                return new RemoteImage(name, manifest.Descriptor, await ReadPlatformsAsync(client, name, manifest, cancellationToken).ConfigureAwait(false));
            }).ConfigureAwait(false);
        }
        finally
        {
            Close(client);
        }
    }

    /// <summary>Asks a registry for the tags of a repository.</summary>
    /// <param name="repository">Its name, such as <c>ghcr.io/team/app</c>; a tag or digest behind it does not matter.</param>
    /// <param name="credential">Who asks; null: as configured.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The tags in the registry's order.</returns>
    /// <exception cref="RegistryAccessException">The registry refuses, does not have the repository, or can't be reached.</exception>
    /// <exception cref="InvalidContentException">The name breaks the grammar, or there are more tags than anybody can mean.</exception>
    public async Task<IReadOnlyList<string>> ListRemoteTagsAsync(string repository, RegistryCredential? credential = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(repository);
        ImageReference name = ImageDocuments.ParseReference(repository, "name");
        RegistryClient client = OpenClient(name.Registry, credential);
        try
        {
            return await TransferErrors.TranslateAsync($"tags of {name.FamiliarName}", async () =>
            {
                List<string> tags = [];
                await foreach (string tag in client.ListTagsAsync(name, cancellationToken).ConfigureAwait(false))
                {
                    if (tags.Count == MaxRemoteTags)
                        throw new InvalidContentException($"The repository {name.FamiliarName} has more than {MaxRemoteTags} tags.");
                    tags.Add(tag);
                }

                return tags;
            }).ConfigureAwait(false);
        }
        finally
        {
            Close(client);
        }
    }

    /// <summary>Asks a registry whether it takes a credential, as a login does. Nothing is kept.</summary>
    /// <param name="registry">The registry as in names: <c>docker.io</c>, <c>localhost:5000</c>.</param>
    /// <param name="credential">The credential.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RegistryAccessException">The registry refuses it, can't be reached, or is none.</exception>
    public async Task CheckCredentialAsync(string registry, RegistryCredential credential, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(registry);
        ArgumentNullException.ThrowIfNull(credential);
        RegistryClient client = OpenClient(registry, credential);
        try
        {
            await TransferErrors.TranslateAsync($"login to {registry}", async () =>
            {
                await client.PingAsync(registry, cancellationToken).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }
        finally
        {
            Close(client);
        }
    }

    private static async Task<IReadOnlyList<Platform>> ReadPlatformsAsync(RegistryClient client, ImageReference name, RegistryManifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.IsIndex)
            return [.. manifest.ParseIndex().Manifests.Select(entry => entry.Platform).OfType<Platform>()];
        Descriptor configuration = manifest.ParseManifest().Config;
        return MediaTypes.IsConfig(configuration.MediaType)
            ? [ImageConfiguration.Parse(await client.Blobs.GetAsync(name, configuration, cancellationToken).ConfigureAwait(false)).Platform]
            : [];
    }
}
