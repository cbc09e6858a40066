using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;

namespace ContainerKit.Cli.Contexts;

/// <summary>
/// The engines that commands can be for, by name: a directory each, named by the digest of the name, as docker lays them out (<c>meta/DIGEST/meta.json</c>,
/// <c>tls/DIGEST/docker/ca.pem</c>), below a directory of ckit's own.
/// </summary>
internal sealed class ContextStore(string directory)
{
    public const string DefaultName = "default";

    public const string EndpointName = "docker";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>What TLS needs, as docker names it.</summary>
    public static IReadOnlyList<string> MaterialNames { get; } = ["ca.pem", "cert.pem", "key.pem"];

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

    /// <summary>What is written about a context, without the files of its TLS.</summary>
    public static JsonObject Describe(EngineContext context) => new()
    {
        ["Name"] = context.Name,
        ["Metadata"] = new JsonObject { ["Description"] = context.Description },
        ["Endpoints"] = new JsonObject { [EndpointName] = new JsonObject { ["Host"] = context.Host, ["SkipTLSVerify"] = context.SkipTlsVerify } },
    };

    /// <summary>What <see cref="Describe"/> wrote; without a name where there is none.</summary>
    public static EngineContext Parse(JsonObject meta)
    {
        JsonNode? endpoint = (meta["Endpoints"] as JsonObject)?[EndpointName];
        return new EngineContext(meta.Text("Name") ?? "", meta["Metadata"].Text("Description") ?? "", endpoint.Text("Host") ?? "local://", endpoint.Flag("SkipTLSVerify"));
    }

    /// <summary>The files of a context's TLS, by the names that they have here.</summary>
    public static IReadOnlyDictionary<string, byte[]> ReadMaterial(EngineContext context)
        => MaterialNames.Zip([context.Tls?.Authority, context.Tls?.Certificate, context.Tls?.Key])
            .Where(file => file.Second is not null)
            .ToDictionary(file => file.First, file => File.ReadAllBytes(file.Second!));

    public void Write(EngineContext context) => Write(context, ReadMaterial(context));

    public void Write(EngineContext context, IReadOnlyDictionary<string, byte[]> material)
    {
        DockerDirectory.Write(MetaFile(context.Name), Describe(context));
        foreach ((string name, byte[] content) in material)
        {
            Directory.CreateDirectory(TlsDirectory(context.Name), OwnerOnly | UnixFileMode.UserExecute);
            using var file = new FileStream(Path.Combine(TlsDirectory(context.Name), name), new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
            file.Write(content);
        }
    }

    public void Remove(string name)
    {
        foreach (string file in MaterialNames)
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
        EngineContext context = Parse(DockerDirectory.Read(file));
        if (context.Name.Length == 0)
            throw new IOException($"{file} has no name of a context.");
        string tls = TlsDirectory(context.Name);
        return context with { Tls = Directory.Exists(tls) ? TlsFiles.FromDirectory(tls, verify: !context.SkipTlsVerify) : null };
    }

    private static string Digest(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private string MetaFile(string name) => Path.Combine(directory, "meta", Digest(name), "meta.json");

    private string TlsDirectory(string name) => Path.Combine(directory, "tls", Digest(name), EndpointName);
}
