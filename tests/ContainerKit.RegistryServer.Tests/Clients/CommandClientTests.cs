using ContainerKit.Oci;
using ContainerKit.RegistryServer.Tests.Access;
using Xunit;
using static ContainerKit.RegistryServer.Tests.RegistryFixture;

namespace ContainerKit.RegistryServer.Tests.Clients;

/// <summary>Clients that are a command or a library, with each way to show who one is.</summary>
public sealed class CommandClientTests : IDisposable
{
    private readonly ClientWorkspace _workspace = new();

    public static TheoryData<string> Ways => ClientWorkspace.Ways;

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Own_client_pushes_and_pulls(string way)
    {
        await using RegistryFixture registry = await _workspace.StartAsync(way);
        using RegistryClient client = _workspace.CreateClient(way, registry);
        ImageReference image = ImageReference.Parse($"{registry.Server.Name}/team/app:v1");
        Descriptor pushed = await AccessTests.PushAsync(client, image);
        Assert.Equal(pushed.Digest, (await client.Manifests.GetAsync(image, Stop)).Descriptor.Digest);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Skopeo_pushes_copies_inspects_and_deletes(string way)
    {
        ClientWorkspace.Require("skopeo");
        await using RegistryFixture registry = await _workspace.StartAsync(way);
        string layout = await _workspace.WriteLayoutAsync(), name = $"docker://{registry.Server.Name}";
        string[] flags = _workspace.Flags(way), source = _workspace.Flags(way, "src-"), target = _workspace.Flags(way, "dest-");
        await _workspace.RunAsync("skopeo", ["copy", .. target, $"oci:{layout}:v1", $"{name}/team/app:v1"]);
        await _workspace.RunAsync("skopeo", ["copy", .. source, .. target, "--format", "v2s2", $"{name}/team/app:v1", $"{name}/team/copy:v2"]);
        Assert.Contains("\"Architecture\": \"arm64\"", await _workspace.RunAsync("skopeo", ["inspect", .. flags, $"{name}/team/copy:v2"]), StringComparison.Ordinal);
        Assert.Contains("v1", await _workspace.RunAsync("skopeo", ["list-tags", .. flags, $"{name}/team/app"]), StringComparison.Ordinal);
        await _workspace.RunAsync("skopeo", ["delete", .. flags, $"{name}/team/app:v1"]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Curl_uploads_and_downloads_as_the_specification_shows(string way)
    {
        ClientWorkspace.Require("curl");
        await using RegistryFixture registry = await _workspace.StartAsync(way);
        string file = _workspace.PathOf("blob"), address = registry.Server.Addresses[0].GetLeftPart(UriPartial.Authority);
        await File.WriteAllTextAsync(file, "some content", Stop);
        Digest digest = Digest.Compute("some content"u8);
        string[] shown = way switch
        {
            ClientWorkspace.None => [],
            ClientWorkspace.Certificate => ["--cacert", $"{_workspace.Certificates}/ca.crt", "--cert", $"{_workspace.Certificates}/client.cert", "--key", $"{_workspace.Certificates}/client.key"],
            _ => ["--user", "alice:secret"],
        };
        if (way == ClientWorkspace.Tokens)
        {
            string answer = await CurlAsync($"{address}/token?service=containerkit-registry&scope=repository:app:pull,push");
            shown = ["-H", $"Authorization: Bearer {answer.Split('"')[3]}"];
        }

        string headers = await CurlAsync("-X", "POST", "-D", "-", $"{address}/v2/app/blobs/uploads/");
        string location = headers.Split('\n').Single(line => line.StartsWith("Location:", StringComparison.OrdinalIgnoreCase)).Split(' ')[1].Trim();
        await CurlAsync("-T", file, $"{address}{location}?digest={digest}");
        Assert.Equal("content", await CurlAsync("-r", "5-", $"{address}/v2/app/blobs/{digest}"));

        Task<string> CurlAsync(params string[] arguments) => _workspace.RunAsync("curl", ["-sSf", .. shown, .. arguments]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Python_pushes_in_chunks_pulls_lists_and_deletes(string way)
    {
        ClientWorkspace.Require("python3");
        await using RegistryFixture registry = await _workspace.StartAsync(way);
        string script = Path.Combine(AppContext.BaseDirectory, "Clients", "push_and_pull.py");
        Assert.Equal("done\n", await _workspace.RunAsync("python3", [script, registry.Server.Addresses[0].GetLeftPart(UriPartial.Authority), way, _workspace.Certificates]));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Podman_pushes_and_pulls(string way)
    {
        ClientWorkspace.Require("podman");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "missing capability: root, for a storage of podman in another place");
        await using RegistryFixture registry = await _workspace.StartAsync(way);
        string name = $"{registry.Server.Name}/team/app:v1", archive = await _workspace.WriteArchiveAsync();
        string imported = (await PodmanAsync("import", "--quiet", archive)).Trim();
        await PodmanAsync(["push", "--quiet", .. _workspace.Flags(way), imported, name]);
        await PodmanAsync("rmi", "--force", imported);
        Assert.Equal(imported["sha256:".Length..], (await PodmanAsync(["pull", "--quiet", .. _workspace.Flags(way), name])).Trim());

        Task<string> PodmanAsync(params string[] arguments)
            => _workspace.RunAsync("podman", ["--root", _workspace.PathOf("storage"), "--runroot", _workspace.PathOf("run"), "--tmpdir", _workspace.PathOf("tmp"), "--storage-driver", "vfs", "--log-level", "error", .. arguments]);
    }
}
