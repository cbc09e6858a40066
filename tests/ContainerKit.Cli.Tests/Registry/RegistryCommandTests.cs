using System.Net;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Registry;
using ContainerKit.Cli.Session;
using ContainerKit.RegistryServer;
using Xunit;

namespace ContainerKit.Cli.Tests.Registry;

public sealed class RegistryCommandTests
{
    [Fact]
    public void Flags_become_options()
    {
        OciRegistryServerOptions options = Read(
            "-H", "127.0.0.1:5001", "-H", "[::1]:5002", "-H", "localhost", "--storage", "/srv/r", "--htpasswd", "/srv/users", "--tokens", "--allow", "alice:team/**:pull,push", "--mirror", "docker.io",
            "--quota", "2g", "--gc-interval", "0", "--gc-lease", "30m", "--gc-untagged", "--webhook", "https://hooks.example/x", "--read-only", "--no-web");

        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 5001), new IPEndPoint(IPAddress.IPv6Loopback, 5002), new IPEndPoint(IPAddress.Loopback, 5000)], options.EndPoints);
        OciRegistryOptions registry = options.Registry;
        Assert.Equal(("/srv/r", "/srv/users", true, true, false), (registry.StorageDirectory, registry.HtpasswdFile, registry.UseTokens, registry.ReadOnly, registry.ServeWebPage));
        Assert.Equal(OciRegistryActions.Pull | OciRegistryActions.Push, registry.AccessRules.Single().Actions);
        Assert.Equal(("docker.io", 2L << 30), (registry.Mirror!.Registry, registry.Limits.RepositoryQuota));
        Assert.Equal((null, TimeSpan.FromMinutes(30), true), (registry.Collection.Interval, registry.Collection.Lease, registry.Collection.RemoveUntagged));
        Assert.Throws<UsageException>(() => Read("--webhook", "ftp://x"));
        Assert.Throws<UsageException>(() => Read("--host", "registry.example:5000"));
        Assert.Throws<UsageException>(() => Read("--tlscert", "x"));
    }

    [Fact]
    public async Task Server_that_would_let_everybody_in_is_refused_and_garbage_is_collected_without_one()
    {
        string directory = Directory.CreateTempSubdirectory("ckit-registry-").FullName;
        try
        {
            using StringWriter output = new(), error = new();
            using var signals = new ProcessSignals(listen: false);
            var console = new CommandConsole(output, error, signals);
            Assert.Equal(1, await Program.RunAsync(["registry", "serve", "--host", "0.0.0.0:0", "--storage", directory], console, TestContext.Current.CancellationToken));
            Assert.Contains("every machine that reaches it", error.ToString(), StringComparison.Ordinal);
            Assert.Equal(0, await Program.RunAsync(["registry", "gc", "--storage", directory], console, TestContext.Current.CancellationToken));
            Assert.Contains("Removed 0 blobs", output.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static OciRegistryServerOptions Read(params string[] flags)
    {
        using var signals = new ProcessSignals(listen: false);
        Command root = RootCommand.Create(new CommandConsole(TextWriter.Null, TextWriter.Null, signals));
        return RegistryCommand.Read(CommandParser.Parse(root, ["registry", "serve", .. flags], out _)!);
    }
}
