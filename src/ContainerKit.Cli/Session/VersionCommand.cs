using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Templates;

namespace ContainerKit.Cli.Session;

/// <summary><c>ckit version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>The version of the package, without the commit.</summary>
    public static string Version { get; } = (typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    public static Command Create(CommandConsole console)
        => new("version", "Show the version of ckit and of what it runs on")
        {
            MaximumArguments = 0,
            Options = [new("format", 'f', "string", "json, or a template such as '{{.Server.ApiVersion}}'"), new("short", 'q', null, "The version alone")],
            Handler = (invocation, token) => invocation.Has("format")
                ? ClientSession.RunAsync(invocation, client => WriteAsync(client, invocation.Value("format")!, console, token), token)
                : WriteOwnAsync(invocation, console),
        };

    private static async Task<int> WriteOwnAsync(CommandInvocation invocation, CommandConsole console)
    {
        await console.Output.WriteLineAsync(invocation.IsSet("short") ? Version : $"""
            ckit
             Version:   {Version}
             Runtime:   {RuntimeInformation.FrameworkDescription}
             OS/Arch:   {RuntimeInformation.RuntimeIdentifier}
             Kernel:    {Environment.OSVersion.Version}
            """).ConfigureAwait(false);
        return 0;
    }

    private static async Task WriteAsync(DockerClient client, string format, CommandConsole console, CancellationToken cancellationToken)
    {
        var versions = new JsonObject
        {
            ["Client"] = new JsonObject { [nameof(Version)] = Version, ["ApiVersion"] = client.ApiVersionText, ["Os"] = "linux", ["Arch"] = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant() },
            ["Server"] = await client.GetAsync("/version", cancellationToken).ConfigureAwait(false),
        };
        await console.Output.WriteLineAsync(format == "json" ? JsonText.Of(versions) : Template.Parse(format).Render(versions)).ConfigureAwait(false);
    }
}
