using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.Cli.Engines;

namespace ContainerKit.Cli.Contexts;

/// <summary>
/// The engines that commands can be for, by name: a directory each, named by the digest of the name, as docker lays them out (<c>meta/DIGEST/meta.json</c>,
/// <c>tls/DIGEST/docker/ca.pem</c>), below a directory of ckit's own.
/// </summary>
internal sealed class ContextStore(string directory)
{
    public const string DefaultName = "default";

    private const string EndpointName = "docker";

    public static ContextStore Own { get => new(DockerDirectory.OwnPath); }

    private string SettingsFile => Path.Combine(directory, "config.json");

    /// <summary>The name of the one that is used unless something else is said.</summary>
    public string Current => DockerDirectory.Read(SettingsFile)["currentContext"]?.GetValue<string>() ?? DefaultName;

    public IReadOnlyList<EngineContext> List()
    {
        string meta = Path.Combine(directory, "meta");
        return Directory.Exists(meta)
            ? [.. Directory.EnumerateFiles(meta, "meta.json", SearchOption.AllDirectories).Select(Read).OrderBy(context => context.Name, StringComparer.Ordinal)]
            : [];
    }

    public EngineContext? Find(string name) => MetaFile(name) is var file && File.Exists(file) ? Read(file) : null;

    public EngineContext Get(string name) => Find(name) ?? throw new IOException($"context \"{name}\" does not exist");

    public void Write(EngineContext context)
    {
        var endpoint = new JsonObject { ["Host"] = context.Host, ["SkipTLSVerify"] = context.SkipTlsVerify };
        DockerDirectory.Write(MetaFile(context.Name), new JsonObject
        {
            ["Name"] = context.Name,
            ["Metadata"] = new JsonObject { ["Description"] = context.Description },
            ["Endpoints"] = new JsonObject { [EndpointName] = endpoint },
        });
        foreach ((string name, string? source) in new[] { ("ca.pem", context.Tls?.Authority), ("cert.pem", context.Tls?.Certificate), ("key.pem", context.Tls?.Key) })
        {
            if (source is null)
                continue;
            const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Directory.CreateDirectory(TlsDirectory(context.Name), owner | UnixFileMode.UserExecute);
            byte[] content = File.ReadAllBytes(source);
            using var file = new FileStream(Path.Combine(TlsDirectory(context.Name), name), new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = owner });
            file.Write(content);
        }
    }

    public void Remove(string name)
    {
        foreach (string file in new[] { "ca.pem", "cert.pem", "key.pem" })
            Delete(Path.Combine(TlsDirectory(name), file));
        Delete(MetaFile(name));
        foreach (string empty in new[] { TlsDirectory(name), Path.GetDirectoryName(TlsDirectory(name))!, Path.GetDirectoryName(MetaFile(name))! })
        {
            if (Directory.Exists(empty))
                Directory.Delete(empty);
        }

        static void Delete(string path)
        {
            if (File.Exists(path))
                File.Delete(path);
        }
    }

    public void Use(string name)
    {
        JsonObject settings = DockerDirectory.Read(SettingsFile);
        if (name == DefaultName)
            settings.Remove("currentContext");
        else
            settings["currentContext"] = name;
        DockerDirectory.Write(SettingsFile, settings);
    }

    private EngineContext Read(string file)
    {
        JsonObject meta = DockerDirectory.Read(file);
        JsonNode? endpoint = meta["Endpoints"]?[EndpointName];
        string name = meta["Name"]?.GetValue<string>() ?? throw new IOException($"{file} has no name of a context.");
        bool skipVerification = endpoint?["SkipTLSVerify"]?.GetValue<bool>() ?? false;
        return new EngineContext(name, meta["Metadata"]?["Description"]?.GetValue<string>() ?? "", endpoint?["Host"]?.GetValue<string>() ?? "local://", skipVerification)
        {
            Tls = Directory.Exists(TlsDirectory(name)) ? TlsFiles.FromDirectory(TlsDirectory(name), verify: !skipVerification) : null,
        };
    }

    private static string Digest(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private string MetaFile(string name) => Path.Combine(directory, "meta", Digest(name), "meta.json");

    private string TlsDirectory(string name) => Path.Combine(directory, "tls", Digest(name), EndpointName);
}
