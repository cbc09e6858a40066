using System.Diagnostics;
using ContainerKit.Oci;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Clients;

/// <summary>Clients of others, with each way to show who one is.</summary>
public sealed class ClientTests : IDisposable
{
    private readonly string _directory = NewDirectory();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("none")]
    [InlineData("basic")]
    [InlineData("tokens")]
    public async Task Skopeo_pushes_copies_inspects_and_deletes(string authentication)
    {
        Require("skopeo");
        await using RegistryFixture registry = await StartAsync(authentication);
        string layout = await WriteLayoutAsync(), name = $"docker://{registry.Server.Name}";
        string[] credentials = authentication == "none" ? [] : ["--creds", "alice:secret"], source = authentication == "none" ? [] : ["--src-creds", "alice:secret"];
        string[] target = authentication == "none" ? [] : ["--dest-creds", "alice:secret"];
        await RunAsync("skopeo", ["copy", "--dest-tls-verify=false", .. target, $"oci:{layout}:v1", $"{name}/team/app:v1"]);
        await RunAsync("skopeo", ["copy", "--src-tls-verify=false", "--dest-tls-verify=false", .. source, .. target, "--format", "v2s2", $"{name}/team/app:v1", $"{name}/team/copy:v2"]);
        Assert.Contains("\"Architecture\": \"arm64\"", await RunAsync("skopeo", ["inspect", "--tls-verify=false", .. credentials, $"{name}/team/copy:v2"]), StringComparison.Ordinal);
        Assert.Contains("v1", await RunAsync("skopeo", ["list-tags", "--tls-verify=false", .. credentials, $"{name}/team/app"]), StringComparison.Ordinal);
        await RunAsync("skopeo", ["delete", "--tls-verify=false", .. credentials, $"{name}/team/app:v1"]);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("basic")]
    [InlineData("tokens")]
    public async Task Curl_uploads_and_downloads_as_the_specification_shows(string authentication)
    {
        Require("curl");
        await using RegistryFixture registry = await StartAsync(authentication);
        string file = Path.Combine(_directory, "blob"), address = $"http://{registry.Server.Name}";
        await File.WriteAllTextAsync(file, "some content", Stop);
        Digest digest = Digest.Compute("some content"u8);
        string[] credentials = ["--user", "alice:secret"];
        if (authentication == "none")
            credentials = [];
        if (authentication == "tokens")
        {
            string answer = await RunAsync("curl", ["-sf", .. credentials, $"{address}/token?service=containerkit-registry&scope=repository:app:pull,push"]);
            credentials = ["-H", $"Authorization: Bearer {answer.Split('"')[3]}"];
        }

        string headers = await RunAsync("curl", ["-sf", .. credentials, "-X", "POST", "-D", "-", $"{address}/v2/app/blobs/uploads/"]);
        string location = headers.Split('\n').Single(line => line.StartsWith("Location:", StringComparison.OrdinalIgnoreCase)).Split(' ')[1].Trim();
        await RunAsync("curl", ["-sf", .. credentials, "-T", file, $"{address}{location}?digest={digest}"]);
        Assert.Equal("content", await RunAsync("curl", ["-sf", .. credentials, "-r", "5-", $"{address}/v2/app/blobs/{digest}"]));
    }

    private async Task<RegistryFixture> StartAsync(string authentication)
    {
        string users = Path.Combine(_directory, "htpasswd");
        await File.WriteAllTextAsync(users, $"alice:{BCrypt.Net.BCrypt.HashPassword("secret", 4)}\n", Stop);
        return await RegistryFixture.StartAsync(options => options with
        {
            Registry = options.Registry with { HtpasswdFile = authentication == "none" ? null : users, UseTokens = authentication == "tokens" },
        });
    }

    /// <summary>An image of a layer without files.</summary>
    private async Task<string> WriteLayoutAsync()
    {
        string layout = Path.Combine(_directory, "layout"), blobs = Path.Combine(layout, "blobs/sha256");
        Directory.CreateDirectory(blobs);
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

    private static void Require(string program)
    {
        if (!"/usr/local/bin:/usr/bin:/bin".Split(':').Any(directory => File.Exists(Path.Combine(directory, program))))
            Assert.Skip($"missing capability: {program} (apt-get install {program})");
    }

    private async Task<string> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };

        // Nothing of the user's own logins.
        start.Environment["HOME"] = _directory;
        start.Environment["REGISTRY_AUTH_FILE"] = Path.Combine(_directory, "auth.json");
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop), error = process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop).WaitAsync(Patience, Stop);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await error}");
        return await output;
    }
}
