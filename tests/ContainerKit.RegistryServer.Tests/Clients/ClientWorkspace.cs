using System.Diagnostics;
using System.Net;
using ContainerKit.Oci;
using ContainerKit.TestSupport.Registry;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Clients;

/// <summary>A directory for a client of others, registries that ask in one of the ways who a client is, and what the client has to show.</summary>
internal sealed class ClientWorkspace : IDisposable
{
    public const string None = "none";
    public const string Basic = "basic";
    public const string Tokens = "tokens";
    public const string Certificate = "certificate";

    /// <summary>All ways, as data of a theory.</summary>
    public static TheoryData<string> Ways { get; } = [None, Basic, Tokens, Certificate];

    private readonly TestCertificates _certificates;
    private readonly IPAddress _address;

    /// <param name="address">Where registries listen; null for 127.0.0.1.</param>
    public ClientWorkspace(IPAddress? address = null)
    {
        _address = address ?? IPAddress.Loopback;
        _certificates = new TestCertificates(_address);
        Certificates = PathOf("certificates");
        WriteCertificates(Certificates);
        File.WriteAllText(PathOf("auth.json"), "{}");
    }

    public string Directory { get; } = NewDirectory();

    /// <summary>Has <c>ca.crt</c>, <c>client.cert</c> and <c>client.key</c>, as clients of Docker's family want it.</summary>
    public string Certificates { get; }

    /// <summary>Skips the test where a program is not there.</summary>
    public static void Require(string program, string? package = null)
    {
        string[] directories = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin"];
        if (!directories.Any(directory => File.Exists(Path.Combine(directory, program))))
            Assert.Skip($"missing capability: {program} (apt-get install {package ?? program})");
    }

    public string PathOf(string name) => Path.Combine(Directory, name);

    public void WriteCertificates(string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "ca.crt"), _certificates.Authority.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "client.cert"), _certificates.Client.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "client.key"), _certificates.ClientKeyPem);
    }

    public async Task<RegistryFixture> StartAsync(string way)
    {
        string users = PathOf("htpasswd");
        await File.WriteAllTextAsync(users, $"alice:{BCrypt.Net.BCrypt.HashPassword("secret", 4)}\n", Stop);
        return await RegistryFixture.StartAsync(options => options with
        {
            EndPoints = [new IPEndPoint(_address, 0)],
            AllowPlainHttp = true,
            AllowUnauthenticatedAccess = true,
            Tls = way == Certificate ? new OciRegistryTlsOptions { Certificate = _certificates.Server, ClientAuthorities = [_certificates.Authority] } : null,
            Registry = options.Registry with { HtpasswdFile = way is Basic or Tokens ? users : null, UseTokens = way == Tokens },
        });
    }

    /// <summary>Options as skopeo, podman and buildah have them.</summary>
    public string[] Flags(string way, string prefix = "") => way switch
    {
        None => [$"--{prefix}tls-verify=false"],
        Certificate => [$"--{prefix}cert-dir", Certificates],
        _ => [$"--{prefix}tls-verify=false", $"--{prefix}creds", "alice:secret"],
    };

    /// <summary>Our own client, with what it has to show.</summary>
    public RegistryClient CreateClient(string way, RegistryFixture registry) => new(new RegistryClientOptions
    {
        Credentials = way is Basic or Tokens
            ? CredentialSources.FromDictionary(new Dictionary<string, RegistryCredential> { [registry.Server.Name] = RegistryCredential.FromPassword("alice", "secret") })
            : CredentialSources.None,
        Defaults = way == Certificate ? new RegistryHostOptions { CertificateAuthorities = [_certificates.Authority], ClientCertificates = [_certificates.Client] } : new RegistryHostOptions(),
    });

    /// <summary>An image of a layer without files, as an OCI layout with the name <c>v1</c>.</summary>
    public async Task<string> WriteLayoutAsync()
    {
        string layout = PathOf("layout"), blobs = Path.Combine(layout, "blobs/sha256");
        System.IO.Directory.CreateDirectory(blobs);
        byte[] layer = new byte[1024];
        string json = $$$"""{"os":"linux","architecture":"arm64","config":{},"rootfs":{"type":"layers","diff_ids":["{{{Digest.Compute(layer)}}}"]}}""";
        Descriptor config = await WriteAsync(MediaTypes.OciConfig, System.Text.Encoding.UTF8.GetBytes(json));
        Descriptor manifest = await WriteAsync(MediaTypes.OciManifest, new ImageManifest { Config = config, Layers = [await WriteAsync(MediaTypes.OciLayer, layer)] }.ToUtf8Json());
        var index = new ImageIndex { Manifests = [manifest with { Annotations = new Dictionary<string, string> { ["org.opencontainers.image.ref.name"] = "v1" } }] };
        await File.WriteAllBytesAsync(Path.Combine(layout, "index.json"), index.ToUtf8Json(), Stop);
        await File.WriteAllTextAsync(Path.Combine(layout, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""", Stop);
        return layout;

        async Task<Descriptor> WriteAsync(string mediaType, byte[] content)
        {
            Descriptor descriptor = Descriptor.ForContent(mediaType, content);
            await File.WriteAllBytesAsync(Path.Combine(blobs, descriptor.Digest.Hex), content, Stop);
            return descriptor;
        }
    }

    /// <summary>A tar of one file, which clients import as an image of one layer.</summary>
    public async Task<string> WriteArchiveAsync()
    {
        string content = PathOf("content"), archive = PathOf("content.tar");
        System.IO.Directory.CreateDirectory(content);
        await File.WriteAllTextAsync(Path.Combine(content, "greeting"), "hello\n", Stop);
        await System.Formats.Tar.TarFile.CreateFromDirectoryAsync(content, archive, includeBaseDirectory: false, Stop);
        return archive;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its output. The test fails when the program does.</returns>
    public async Task<string> RunAsync(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };

        // Nothing of the user's own logins.
        start.Environment["HOME"] = Directory;
        start.Environment["REGISTRY_AUTH_FILE"] = PathOf("auth.json");
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop), error = process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop).WaitAsync(Patience, Stop);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await error}");
        return await output;
    }

    public void Dispose()
    {
        _certificates.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
