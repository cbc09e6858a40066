using System.Formats.Tar;
using System.Text.Json.Nodes;
using ContainerKit.Cli.Session;
using Xunit;

namespace ContainerKit.Cli.Tests.Commands;

/// <summary>Commands in this process, on a data root of their own.</summary>
public sealed class CommandTests : IAsyncLifetime
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"ckit-{Guid.NewGuid():N}"[..14]);
    private readonly ProcessSignals _signals = new(listen: false);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_directory);
        await using var tar = new TarWriter(File.Create(Path.Combine(_directory, "root.tar")));
        string? busybox = ((string[])["/bin/busybox", "/usr/bin/busybox"]).FirstOrDefault(File.Exists);
        foreach (string name in (string[])["bin", "tmp", "dev", "proc", "sys"])
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, name) { Mode = (UnixFileMode)0x1ed }, Cancelled);
        if (busybox is not null)
            await tar.WriteEntryAsync(busybox, "bin/busybox", Cancelled);
    }

    public ValueTask DisposeAsync()
    {
        _signals.Dispose();
        Directory.Delete(_directory, recursive: true);
        return default;
    }

    [Fact]
    public async Task Images_are_imported_tagged_saved_removed_and_loaded()
    {
        string id = (await RunAsync("import", "-c", "CMD [\"x\"]", "-m", "note", Path.Combine(_directory, "root.tar"), "app:1")).Trim();

        Assert.Matches("^sha256:[0-9a-f]{64}$", id);
        await RunAsync("tag", "app:1", "app:2");
        Assert.Equal(["app:1", "app:2"], (await RunAsync("images", "--format", "{{.Repository}}:{{.Tag}}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.StartsWith("REPOSITORY   TAG", await RunAsync("images"), StringComparison.Ordinal);
        Assert.Equal("note", (await RunAsync("inspect", "-f", "{{.Comment}}", "app:2")).Trim());
        await RunAsync("save", "-o", Path.Combine(_directory, "saved.tar"), "app:1");
        Assert.Equal("Untagged: app:2\n", await RunAsync("rmi", "app:2"));
        await RunAsync("rmi", "app:1");
        Assert.Equal("", await RunAsync("images", "-q"));
        Assert.Equal("Loaded image: app:1\n", await RunAsync("load", "-i", Path.Combine(_directory, "saved.tar")));
        Assert.Equal(id, (await RunAsync("inspect", "--type", "image", "--format", "{{.Id}}", "app:1")).Trim());
        Assert.Contains("note", await RunAsync("history", "app:1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_is_made_listed_renamed_and_removed()
    {
        await RunAsync("import", Path.Combine(_directory, "root.tar"), "app:1");

        string id = (await RunAsync("create", "--name", "one", "-l", "a=b", "-e", "X=y", "app:1", "/bin/busybox", "echo", "-n")).Trim();

        Assert.Equal($"{id[..12]} one created a=b\n", await RunAsync("ps", "-a", "--format", "{{.ID}} {{.Names}} {{.State}} {{.Labels}}", "--filter", "label=a"));
        Assert.Contains("\"Platform\":null,", await RunAsync("ps", "-a", "--format", "json"), StringComparison.Ordinal);
        Assert.Equal("", await RunAsync("ps", "-q"));
        Assert.Equal("""["X=y"]""", JsonNode.Parse(await RunAsync("inspect", "one"))![0]!["Config"]!["Env"]!.AsArray().Where(entry => entry!.GetValue<string>()[0] == 'X').ToArray() is [var only] ? $"[{only!.ToJsonString()}]" : "");
        await RunAsync("rename", "one", "two");
        Assert.Equal("two\n", await RunAsync("rm", "two"));
        Assert.Equal("ckit: No such object: two", (await FailAsync(1, "inspect", "two")).Trim());
    }

    [Fact]
    public async Task Volumes_and_networks_are_made_and_removed()
    {
        Assert.Equal("data\n", await RunAsync("volume", "create", "--label", "a=b", "data"));
        Assert.Equal("data\n", await RunAsync("volume", "ls", "-q", "--filter", "label=a=b"));
        Assert.Equal("data\n", await RunAsync("volume", "inspect", "-f", "{{.Name}}", "data"));
        Assert.Equal("data\n", await RunAsync("volume", "rm", "data"));
        Assert.Contains("no such volume", await FailAsync(1, "volume", "rm", "data"), StringComparison.Ordinal);
        Assert.Equal(["bridge", "host", "none"], (await RunAsync("network", "ls", "--format", "{{.Name}}")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await FailAsync(1, "network", "create", "--gateway", "10.0.0.1", "x");
    }

    [Fact]
    public async Task The_data_root_is_measured_verified_and_pruned()
    {
        await RunAsync("import", Path.Combine(_directory, "root.tar"), "app:1");

        Assert.StartsWith("TYPE", await RunAsync("system", "df"), StringComparison.Ordinal);
        Assert.Contains("1 images, 1 layers", await RunAsync("system", "verify"), StringComparison.Ordinal);
        Assert.Contains("Total reclaimed space", await RunAsync("system", "prune", "--force", "-a"), StringComparison.Ordinal);
        Assert.Equal("", await RunAsync("images", "-q"));
    }

    [Fact]
    public async Task Details_of_the_disk_have_docker_s_fields()
    {
        await RunAsync("import", Path.Combine(_directory, "root.tar"), "app:1");
        await RunAsync("volume", "create", "data");
        await RunAsync("create", "--name", "one", "-v", "data:/data", "app:1", "/bin/busybox", "echo", "one", "two", "three");

        JsonNode usage = JsonNode.Parse(await RunAsync("system", "df", "-v", "--format", "json"))!;
        Assert.Equal(["Images", "Containers", "Volumes", "BuildCache"], Names(usage));
        Assert.Equal(
            ["Containers", "CreatedAt", "CreatedSince", "Digest", "ID", "Repository", "SharedSize", "Size", "Tag", "UniqueSize", "VirtualSize"], Names(usage["Images"]![0]!));
        Assert.Equal(("app", "1", "1"), ((string)usage["Images"]![0]!["Repository"]!, (string)usage["Images"]![0]!["Tag"]!, (string)usage["Images"]![0]!["Containers"]!));
        Assert.Equal(
            [
                "Command", "CreatedAt", "ID", "Image", "Labels", "LocalVolumes", "Mounts", "Names", "Networks", "Platform", "Ports", "RunningFor", "Size", "State", "Status",
            ],
            Names(usage["Containers"]![0]!));
        Assert.Equal("\"/bin/busybox echo one two three\"", (string)usage["Containers"]![0]!["Command"]!);
        Assert.Equal(["Availability", "Driver", "Group", "Labels", "Links", "Mountpoint", "Name", "Scope", "Size", "Status"], Names(usage["Volumes"]![0]!));
        Assert.Equal(("data", "1", "0B"), ((string)usage["Volumes"]![0]!["Name"]!, (string)usage["Volumes"]![0]!["Links"]!, (string)usage["Volumes"]![0]!["Size"]!));
        Assert.Empty(usage["BuildCache"]!.AsArray());
        Assert.Equal("data 1\n", await RunAsync("system", "df", "-v", "--format", "{{range .Volumes}}{{.Name}} {{.Links}}{{end}}"));
        Assert.Contains("\nCACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED\n", await RunAsync("system", "df", "-v"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_are_those_of_the_client_and_of_the_engine()
    {
        string[] lines = (await RunAsync("version")).Split('\n');
        Assert.Equal("Client:", lines[0]);
        Assert.Equal($" Version:           {VersionCommand.Version}", lines[1]);
        Assert.Contains("Server: ContainerKit", lines);
        Assert.Contains($"  Version:          {VersionCommand.Version}", lines);
        Assert.Contains(lines, line => line.StartsWith("  API version:      1.", StringComparison.Ordinal) && line.Contains(" (minimum version 1.", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(_directory, "data"))); // nothing was opened for it

        JsonNode versions = JsonNode.Parse(await RunAsync("version", "--format", "json"))!;
        Assert.Equal(["Version", "ApiVersion", "DefaultAPIVersion", "GitCommit", "GoVersion", "Os", "Arch", "BuildTime", "Context"], Names(versions["Client"]!));
        Assert.Equal((string)versions["Client"]!["ApiVersion"]!, (string)versions["Server"]!["ApiVersion"]!);
        Assert.Equal($"{VersionCommand.Version}\n", await RunAsync("version", "-f", "{{.Server.Version}}"));

        JsonNode client = JsonNode.Parse(await RunAsync("info", "--format", "json"))!["ClientInfo"]!;
        Assert.Equal(["Debug", "Version", "DefaultAPIVersion", "GitCommit", "GoVersion", "Os", "Arch", "BuildTime", "Context", "Plugins", "Warnings"], Names(client));
        Assert.Equal($"{VersionCommand.Version}\n", await RunAsync("info", "-f", "{{.ClientInfo.Version}}"));
    }

    [Fact]
    public async Task Version_without_a_server_that_answers_is_the_client_s_and_a_failure()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await Program.RunAsync(["--host", $"unix://{_directory}/none.sock", "version", "--format", "json"], new CommandConsole(output, error, _signals), Cancelled);

        Assert.Equal(1, code);
        Assert.Null(JsonNode.Parse(output.ToString())!["Server"]);
        Assert.Equal(VersionCommand.Version, (string)JsonNode.Parse(output.ToString())!["Client"]!["Version"]!);
        Assert.NotEmpty(error.ToString());
    }

    private static IEnumerable<string> Names(JsonNode node) => node.AsObject().Select(field => field.Key);

    [Fact]
    public async Task A_build_prints_the_id_and_ends_with_the_code_of_a_command()
    {
        if (!File.Exists("/bin/busybox") && !File.Exists("/usr/bin/busybox"))
            Assert.Skip("missing capability: a static busybox");
        await RunAsync("import", Path.Combine(_directory, "root.tar"), "app:1");
        string context = Directory.CreateDirectory(Path.Combine(_directory, "context")).FullName;
        await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), "FROM app:1\nCOPY Dockerfile /d\n", Cancelled);

        Assert.Matches("^sha256:[0-9a-f]{64}\n$", await RunAsync("build", "-q", "-t", "built:1", context));
        Assert.Equal("built\n", await RunAsync("images", "--format", "{{.Repository}}", "built"));
        await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), "FROM app:1\nRUN [\"/bin/busybox\", \"sh\", \"-c\", \"exit 9\"]\n", Cancelled);
        Assert.Contains("non-zero code: 9", await FailAsync(9, "build", "--network", "none", context), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(125, "unknown flag: --nope", "run", "--nope", "app")]
    [InlineData(125, "requires at least 1 argument", "run")]
    [InlineData(125, "No such image", "run", "--pull", "never", "app:none")]
    [InlineData(125, "invalid argument", "run", "--mount", "type=bind,dst=/b", "app:none")]
    [InlineData(1, "not a ckit command", "nope")]
    [InlineData(1, "name=value", "ps", "--filter", "x")]
    public async Task What_can_not_be_run_is_said_with_dockers_codes(int code, string message, params string[] arguments)
        => Assert.Contains(message, await FailAsync(code, arguments), StringComparison.Ordinal);

    private async Task<string> RunAsync(params string[] arguments)
    {
        (int code, string output, string error) = await InvokeAsync(arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: {code} {error}");
        return output;
    }

    private async Task<string> FailAsync(int expected, params string[] arguments)
    {
        (int code, _, string error) = await InvokeAsync(arguments);
        Assert.True(code == expected, $"{string.Join(' ', arguments)}: {code} {error}");
        return error;
    }

    private async Task<(int Code, string Output, string Error)> InvokeAsync(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await Program.RunAsync(["--data-root", Path.Combine(_directory, "data"), .. arguments], new CommandConsole(output, error, _signals), Cancelled);
        return (code, output.ToString(), error.ToString());
    }
}
