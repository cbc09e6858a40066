using System.Text;
using System.Text.Json;

namespace ContainerKit.Oci.Registry.Authentication;

/// <summary>
/// Docker's config.json and containers-auth.json(5), which share a format. Keys are registries, also as addresses
/// (<c>https://index.docker.io/v1/</c>), and with podman repositories or the beginning of their names: the longest one decides.
/// </summary>
internal sealed class AuthFileCredentialSource(string path) : ICredentialSource
{
    private const int MaxFileSize = 1024 * 1024;

    /// <inheritdoc/>
    public async ValueTask<RegistryCredential?> FindAsync(string registry, string repository, CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken).ConfigureAwait(false) is not { } document)
        {
            return null;
        }

        foreach (string key in Keys(registry, repository))
        {
            if (Lookup(document.CredentialHelpers, key) is { Length: > 0 } helper
                && await new CredentialHelper(helper).GetAsync(HelperKey(key), cancellationToken).ConfigureAwait(false) is { } helped)
            {
                return helped.ToCredential();
            }

            if (Lookup(document.Auths, key) is { } entry && ToCredential(entry, key) is { } stored)
            {
                return stored;
            }
        }

        return document.CredentialStore is { Length: > 0 } store
            ? (await new CredentialHelper(store).GetAsync(HelperKey(registry), cancellationToken).ConfigureAwait(false))?.ToCredential()
            : null;
    }

    /// <summary>What an entry may be called, the most specific first.</summary>
    private static IEnumerable<string> Keys(string registry, string repository)
    {
        string key = repository.Length == 0 ? registry : $"{registry}/{repository}";
        while (true)
        {
            yield return key;
            int slash = key.LastIndexOf('/');
            if (slash < 0)
            {
                yield break;
            }

            key = key[..slash];
        }
    }

    private static T? Lookup<T>(Dictionary<string, T?>? entries, string key)
        where T : class
        => entries?.FirstOrDefault(entry => string.Equals(Normalize(entry.Key), key, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>A registry or repository of a key that may be an address.</summary>
    private static string Normalize(string key)
    {
        int scheme = key.IndexOf("://", StringComparison.Ordinal);
        string name = (scheme < 0 ? key : key[(scheme + 3)..]).TrimEnd('/');
        foreach (string version in (ReadOnlySpan<string>)["/v1", "/v2"])
        {
            name = name.EndsWith(version, StringComparison.Ordinal) ? name[..^version.Length] : name;
        }

        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? name : name[..slash];
        return host is "index.docker.io" or "registry-1.docker.io" ? string.Concat(ImageReference.DefaultRegistry, name.AsSpan(host.Length)) : name;
    }

    private static string HelperKey(string registry) => registry == ImageReference.DefaultRegistry ? "https://index.docker.io/v1/" : registry;

    private RegistryCredential? ToCredential(AuthFileEntry entry, string key)
    {
        if (entry.IdentityToken is { Length: > 0 } identity)
        {
            return RegistryCredential.FromIdentityToken(identity);
        }

        if (entry.RegistryToken is { Length: > 0 } token)
        {
            return RegistryCredential.FromAccessToken(token);
        }

        if (entry.Auth is not { Length: > 0 } encoded)
        {
            return entry.Username is { Length: > 0 } user ? RegistryCredential.FromPassword(user, entry.Password ?? "") : null;
        }

        byte[] decoded = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, decoded, out int length))
        {
            throw new RegistryException($"{path}: the entry for {key} is not base64. Log in again.");
        }

        string text = Encoding.UTF8.GetString(decoded, 0, length);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            ? RegistryCredential.FromPassword(text[..colon], text[(colon + 1)..].TrimEnd('\0'))
            : throw new RegistryException($"{path}: the entry for {key} has no user and password. Log in again.");
    }

    private async ValueTask<AuthFileDocument?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            if (new FileInfo(path).Length > MaxFileSize)
            {
                throw new RegistryException($"{path} is larger than {MaxFileSize} bytes, which no file of credentials is.");
            }

            byte[] json = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
            return JsonSerializer.Deserialize(json, RegistryJsonContext.Default.AuthFileDocument);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            // The serializer's message may quote what is in the file.
            throw new RegistryException($"{path} is not valid JSON (line {e.LineNumber + 1}).");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new RegistryException($"{path} can't be read by this user.", inner: e);
        }
    }
}
