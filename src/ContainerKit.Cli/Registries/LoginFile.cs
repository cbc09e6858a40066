using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.Cli.Contexts;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Oci;

namespace ContainerKit.Cli.Registries;

/// <summary>Docker's config.json: the logins of this user, which docker and ckit share.</summary>
internal static class LoginFile
{
    /// <summary>What docker calls its own registry there.</summary>
    public const string DockerHub = "https://index.docker.io/v1/";

    private static string FilePath => Path.Combine(DockerDirectory.Path, "config.json");

    /// <summary>The key of a registry that a user wrote in any of its forms.</summary>
    public static string KeyOf(string? server)
    {
        string name = server is null ? "" : server.Contains("://", StringComparison.Ordinal) ? server[(server.IndexOf("://", StringComparison.Ordinal) + 3)..] : server;
        name = name.TrimEnd('/');
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        name = slash < 0 ? name : name[..slash];
        return name is "" or "docker.io" or "index.docker.io" or "registry-1.docker.io" ? DockerHub : name;
    }

    /// <summary>Keeps a login.</summary>
    /// <returns>Where, for the user.</returns>
    public static async Task<string> StoreAsync(string key, RegistryLogin login, CancellationToken cancellationToken)
    {
        JsonObject settings = DockerDirectory.Read(FilePath);
        if (Program(settings, key) is string program)
        {
            StoredCredential kept = login.IdentityToken is null ? new StoredCredential(login.UserName, login.Password) : StoredCredential.FromIdentityToken(login.IdentityToken);
            await new CredentialHelper(program).StoreAsync(key, kept, cancellationToken).ConfigureAwait(false);
            return $"docker-credential-{program}";
        }

        if (settings["auths"] is not JsonObject logins)
            settings["auths"] = logins = [];
        logins[key] = login.IdentityToken is null
            ? new JsonObject { ["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.UserName}:{login.Password}")) }
            : new JsonObject { ["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login.UserName}:")), ["identitytoken"] = login.IdentityToken };
        DockerDirectory.Write(FilePath, settings);
        return FilePath;
    }

    /// <summary>Forgets a login; false when there was none.</summary>
    public static async Task<bool> EraseAsync(string key, CancellationToken cancellationToken)
    {
        JsonObject settings = DockerDirectory.Read(FilePath);
        bool known = (settings["auths"] as JsonObject)?.Remove(key) == true;
        if (Program(settings, key) is string program)
        {
            known |= await new CredentialHelper(program).EraseAsync(key, cancellationToken).ConfigureAwait(false);
        }

        if (File.Exists(FilePath))
            DockerDirectory.Write(FilePath, settings);
        return known;
    }

    /// <summary>Null: this user has not logged in there.</summary>
    public static async Task<RegistryLogin?> FindAsync(string key, CancellationToken cancellationToken)
    {
        JsonObject settings = DockerDirectory.Read(FilePath);
        if (Program(settings, key) is string program && await new CredentialHelper(program).GetAsync(key, cancellationToken).ConfigureAwait(false) is { } kept)
            return kept.IsIdentityToken ? new RegistryLogin("", "", kept.Secret) : new RegistryLogin(kept.UserName, kept.Secret, null);
        JsonNode? entry = settings.Pairs("auths").FirstOrDefault(pair => KeyOf(pair.Key) == key).Value;
        if (entry.Text("auth") is not { Length: > 0 } encoded)
            return null;
        string text = Encoding.UTF8.GetString(Convert.FromBase64String(encoded));
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : new RegistryLogin(text[..colon], text[(colon + 1)..].TrimEnd('\0'), entry.Text("identitytoken"));
    }

    /// <summary>The header by which a server gets the login for an image; none for the engine of this process, which looks itself.</summary>
    public static async Task<IReadOnlyDictionary<string, string>?> HeadersForAsync(DockerClient client, string image, CancellationToken cancellationToken)
    {
        if (!client.IsServer || !ImageReference.TryParse(image, out ImageReference? reference))
            return null;
        string key = reference.Registry == ImageReference.DefaultRegistry ? DockerHub : reference.Registry;
        RegistryLogin? login = await FindAsync(key, cancellationToken).ConfigureAwait(false);
        return new Dictionary<string, string> { ["X-Registry-Auth"] = login is null ? "e30=" : Encode(Describe(key, login)) };
    }

    /// <summary>The header by which a server gets all logins, for a build: only its Dockerfile says which registries it needs.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> HeadersForAllAsync(CancellationToken cancellationToken)
    {
        JsonObject settings = DockerDirectory.Read(FilePath);
        HashSet<string> keys = [.. settings.Pairs("auths").Select(pair => KeyOf(pair.Key)), .. settings.Pairs("credHelpers").Select(pair => KeyOf(pair.Key))];
        if (settings.Text("credsStore") is { Length: > 0 } store)
            keys.UnionWith((await new CredentialHelper(store).ListAsync(cancellationToken).ConfigureAwait(false)).Keys.Select(KeyOf));
        var logins = new JsonObject();
        foreach (string key in keys.Order(StringComparer.Ordinal))
        {
            if (await FindAsync(key, cancellationToken).ConfigureAwait(false) is { } login)
                logins[key] = Describe(key, login);
        }

        return new Dictionary<string, string> { ["X-Registry-Config"] = Encode(logins) };
    }

    private static JsonObject Describe(string key, RegistryLogin login)
        => new() { ["username"] = login.UserName, ["password"] = login.Password, ["identitytoken"] = login.IdentityToken ?? "", ["serveraddress"] = key };

    private static string Encode(JsonObject json)
    {
        string text = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
        return text.PadRight((text.Length + 3) / 4 * 4, '=');
    }

    private static string? Program(JsonObject settings, string key) => (settings["credHelpers"]).Text(key) ?? (settings.Text("credsStore") is { Length: > 0 } store ? store : null);
}
