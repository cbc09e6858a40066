using System.Net;
using ContainerKit.Oci;
using ContainerKit.RegistryServer;

namespace ContainerKit.Testing;

/// <summary>
/// A registry in the process of the tests, at a free port of 127.0.0.1, with nothing in it and nothing left of it: for what pulls and pushes. In a test project
/// of xunit: <see cref="RegistryFixture"/>.
/// </summary>
public sealed class TestRegistry : IAsyncDisposable
{
    /// <summary>The least that bcrypt has: this password protects nothing for longer than a test.</summary>
    private const int HashCost = 4;

    private readonly OciRegistryServer _server;
    private readonly string _directory;

    private TestRegistry(OciRegistryServer server, string directory, string? user, string? password)
    {
        _server = server;
        _directory = directory;
        Password = password;
        Credential = user is null || password is null ? null : RegistryCredential.FromPassword(user, password);
    }

    /// <summary>The registry's name in references: <c>127.0.0.1:40123</c>. Clients speak HTTP with it, as they do with loopback addresses.</summary>
    public string Name => _server.Name;

    /// <summary>Where it is: <c>http://127.0.0.1:40123/</c>.</summary>
    public Uri Address => _server.Addresses[0];

    /// <summary>What an engine logs in with; null when the registry asks nobody.</summary>
    public RegistryCredential? Credential { get; }

    /// <summary>The password of <see cref="TestRegistryOptions.User"/>, for other clients; null when the registry asks nobody.</summary>
    public string? Password { get; }

    /// <summary>Starts a registry.</summary>
    /// <param name="options">Whom it knows; null: it asks nobody.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The registry; disposing it stops it and removes what is in it.</returns>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public static async Task<TestRegistry> StartAsync(TestRegistryOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new TestRegistryOptions();
        if (options.User is null && (options.Password is not null || options.UseTokens))
            throw new ArgumentException($"{nameof(options.Password)} and {nameof(options.UseTokens)} need a {nameof(options.User)}.", nameof(options));
        string? password = options.User is null ? null : options.Password ?? RandomName.CreatePassword();
        string directory = Directory.CreateTempSubdirectory("containerkit-registry-").FullName;
        try
        {
            OciRegistryServer server = await OciRegistryServer.StartAsync(
                new OciRegistryServerOptions
                {
                    EndPoints = [new IPEndPoint(IPAddress.Loopback, 0)],
                    Registry = new OciRegistryOptions
                    {
                        StorageDirectory = Path.Combine(directory, "content"),
                        HtpasswdFile = password is null ? null : await WriteUserAsync(directory, options.User!, password, cancellationToken).ConfigureAwait(false),
                        UseTokens = options.UseTokens,
                    },
                    ShutdownTimeout = TimeSpan.FromSeconds(1),
                },
                cancellationToken).ConfigureAwait(false);
            return new TestRegistry(server, directory, options.User, password);
        }
        catch
        {
            Remove(directory);
            throw;
        }
    }

    /// <summary>The name of an image in this registry: <c>app:1</c> becomes <c>127.0.0.1:40123/app:1</c>.</summary>
    /// <param name="name">Repository and tag.</param>
    public string GetReference(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"{Name}/{name}";
    }

    /// <summary>Puts an image of an engine here.</summary>
    /// <param name="engine">Where the image is.</param>
    /// <param name="image">Its name, such as <c>app:1</c> or <c>ghcr.io/team/app:1</c>, or its id.</param>
    /// <param name="name">Repository and tag that it has here; null: those of <paramref name="image"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The name with which it is pulled from here.</returns>
    /// <exception cref="NotFoundException">The engine has no such image.</exception>
    /// <exception cref="ArgumentException"><paramref name="image"/> is an id, and there is no <paramref name="name"/>.</exception>
    public async Task<string> PushAsync(ContainerEngine engine, string image, string? name = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentException.ThrowIfNullOrEmpty(image);
        string reference = GetReference(name ?? NameOf(image));
        await engine.Images.PushAsync(image, new ImagePushOptions { Destination = reference, Credential = Credential }, cancellationToken).ConfigureAwait(false);
        return reference;
    }

    /// <summary>Stops it, and removes what is in it. Idempotent.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        Remove(_directory);
    }

    private static string NameOf(string image)
    {
        if (Digest.TryParse(image, out _) || !ImageReference.TryParse(image, out ImageReference? reference))
            throw new ArgumentException($"{image} is not the name of an image: say which name it is to have in the registry.", nameof(image));
        string repository = reference.Registry == ImageReference.DefaultRegistry ? reference.FamiliarName : reference.Repository;
        return $"{repository}:{reference.Tag ?? ImageReference.DefaultTag}";
    }

    private static async Task<string> WriteUserAsync(string directory, string user, string password, CancellationToken cancellationToken)
    {
        string file = Path.Combine(directory, "users");
        await File.WriteAllTextAsync(file, $"{user}:{BCrypt.Net.BCrypt.HashPassword(password, HashCost)}\n", cancellationToken).ConfigureAwait(false);
        return file;
    }

    private static void Remove(string directory)
    {
        if (!Directory.Exists(directory))
            return;

        // All of it is the registry's own: plain files, and directories that no link leads out of.
        foreach (string file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories))
            File.Delete(file);
        foreach (string below in Directory.GetDirectories(directory, "*", SearchOption.AllDirectories).OrderByDescending(path => path.Length))
            Directory.Delete(below);
        Directory.Delete(directory);
    }
}
