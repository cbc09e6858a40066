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

    /// <summary>Others write a few small files.</summary>
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(10);

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

    /// <summary>Makes a context.</summary>
    /// <exception cref="IOException">There is one of that name.</exception>
    public void Create(EngineContext context, IReadOnlyDictionary<string, byte[]> material)
    {
        using FileStream mine = Lock();
        if (Find(context.Name) is not null)
            throw new IOException($"context \"{context.Name}\" already exists");

        // Without its description it is none: what somebody who was killed has left must not become a part of it.
        Clear(Path.GetDirectoryName(TlsDirectory(context.Name))!);
        Write(context, material);
    }

    /// <summary>Changes a context.</summary>
    public void Replace(EngineContext context, IReadOnlyDictionary<string, byte[]> material)
    {
        using FileStream mine = Lock();
        Write(context, material);
    }

    public void Remove(string name)
    {
        using FileStream mine = Lock();

        // First what makes it a context: one without the keys of its TLS would be another one.
        if (File.Exists(MetaFile(name)))
            File.Delete(MetaFile(name));
        Clear(Path.GetDirectoryName(MetaFile(name))!);
        Clear(Path.GetDirectoryName(TlsDirectory(name))!);
    }

    public void Use(string name)
    {
        using FileStream mine = Lock();
        JsonObject settings = DockerDirectory.Read(SettingsFile);
        if (name == DefaultName)
            settings.Remove("currentContext");
        else
            settings["currentContext"] = name;
        DockerDirectory.Write(SettingsFile, settings);
    }

    /// <summary>The description comes last, and as a whole: it makes the rest a context.</summary>
    private void Write(EngineContext context, IReadOnlyDictionary<string, byte[]> material)
    {
        string tls = TlsDirectory(context.Name);
        foreach ((string name, byte[] content) in material)
            DockerDirectory.Write(Path.Combine(tls, name), content);
        foreach (string other in Directory.Exists(tls) ? Directory.GetFiles(tls) : [])
        {
            if (!material.ContainsKey(Path.GetFileName(other)))
                File.Delete(other);
        }

        DockerDirectory.Write(MetaFile(context.Name), Describe(context));
    }

    /// <summary>Removes a directory with what this class makes in it: files, and the directory of the endpoint with files.</summary>
    private static void Clear(string directory)
    {
        foreach (string each in new[] { Path.Combine(directory, EndpointName), directory }.Where(Directory.Exists))
        {
            foreach (string file in Directory.GetFiles(each))
                File.Delete(file);
            Directory.Delete(each);
        }
    }

    /// <summary>Keeps other processes from changing anything until it is disposed.</summary>
    private FileStream Lock()
    {
        Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        long begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                // FileShare.None is a flock(2): it ends with the process, however that ends.
                return new FileStream(Path.Combine(directory, "contexts.lock"), new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = OwnerOnly });
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(begin) < LockPatience)
            {
                Thread.Sleep(LockInterval);
            }
        }
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
