using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Contexts;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Templates;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.SystemInfo;

namespace ContainerKit.Cli.Session;

/// <summary><c>ckit version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>The column of values, with the blanks before a title.</summary>
    private const int TitleWidth = 20;

    /// <summary>The version of the package, without the commit.</summary>
    public static string Version { get; } = (typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    public static Command Create(CommandConsole console)
        => new("version", "Show the versions of ckit and of the engine")
        {
            MaximumArguments = 0,
            Options = [new("format", 'f', "string", "json, or a template such as '{{.Server.ApiVersion}}'"), new("short", 'q', null, "The version of ckit alone")],
            Handler = (invocation, token) => RunAsync(invocation, console, token),
        };

    /// <summary>What docker calls ClientInfo.</summary>
    public static JsonObject DescribeClient(CommandInvocation invocation) => new()
    {
        ["Debug"] = false,
        [nameof(Version)] = Version,
        ["DefaultAPIVersion"] = ApiVersion.Newest.ToString(),
        ["GitCommit"] = ServerVersion.Commit,
        ["GoVersion"] = "",
        ["Os"] = "linux",
        ["Arch"] = MachineFacts.ImageArchitecture,
        ["BuildTime"] = "",
        ["Context"] = EngineChoice.FindContext(invocation) ?? ContextStore.DefaultName,
        ["Plugins"] = new JsonArray(),
        ["Warnings"] = null,
    };

    private static async Task<int> RunAsync(CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        if (invocation.IsSet("short"))
        {
            await console.Output.WriteLineAsync(Version).ConfigureAwait(false);
            return 0;
        }

        // A template that is none is said before anybody is asked.
        string format = invocation.Value("format") ?? "";
        Template? template = format is "" or "json" ? null : Template.Parse(format);
        string version = ApiVersion.Newest.ToString();
        JsonNode? server = null;
        Exception? failure = null;
        try
        {
            (version, server) = await DescribeServerAsync(EngineChoice.Find(invocation), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (ExitCodes.IsExpected(e) && e is not UsageException)
        {
            failure = e; // the client's part is known all the same
        }

        var versions = new JsonObject { ["Client"] = DescribeClient(invocation, version), ["Server"] = server };
        string text = template is not null ? template.Render(versions) + "\n" : format == "json" ? JsonText.Of(versions) + "\n" : Describe(versions);
        await console.Output.WriteAsync(text).ConfigureAwait(false);
        if (failure is null)
            return 0;
        await console.Error.WriteLineAsync($"ckit: {failure.Message}").ConfigureAwait(false);
        return 1;
    }

    /// <summary>Of an engine in this process nothing has to be opened: it answers the same on every data root.</summary>
    private static async Task<(string ApiVersion, JsonNode? Server)> DescribeServerAsync(EngineAddress address, CancellationToken cancellationToken)
    {
        DockerClient? client = await ClientSession.FindServerAsync(address, cancellationToken).ConfigureAwait(false);
        if (client is null)
            return (ApiVersion.Newest.ToString(), JsonSerializer.SerializeToNode(SystemEndpoints.DescribeVersion(), SystemJson.Default.VersionResponse));
        await using (client.ConfigureAwait(false))
            return (client.ApiVersionText, await client.GetAsync("/version", cancellationToken).ConfigureAwait(false));
    }

    private static JsonObject DescribeClient(CommandInvocation invocation, string apiVersion)
    {
        JsonObject info = DescribeClient(invocation);
        return new JsonObject(((string[])["Version", "ApiVersion", "DefaultAPIVersion", "GitCommit", "GoVersion", "Os", "Arch", "BuildTime", "Context"])
            .Select(name => KeyValuePair.Create(name, name == "ApiVersion" ? apiVersion : info[name]?.DeepClone())));
    }

    private static string Describe(JsonObject versions)
    {
        var text = new StringBuilder("Client:\n");
        JsonNode? client = versions["Client"];
        string spoken = client.Text("ApiVersion") ?? "";
        string newest = client.Text("DefaultAPIVersion") ?? "";
        Line(text, 1, "Version", client.Text("Version"));
        Line(text, 1, "API version", spoken == newest ? spoken : $"{spoken} (downgraded from {newest})");
        Line(text, 1, "Runtime", RuntimeInformation.FrameworkDescription);
        Line(text, 1, "Git commit", client.Text("GitCommit"));
        Line(text, 1, "OS/Arch", $"{client.Text("Os")}/{client.Text("Arch")}");
        Line(text, 1, "Context", client.Text("Context"));
        if (versions["Server"] is not { } server)
            return text.ToString();
        text.Append(CultureInfo.InvariantCulture, $"\nServer:{((server["Platform"]).Text("Name") is { Length: > 0 } platform ? $" {platform}" : "")}\n");
        foreach (JsonNode component in server.Items("Components"))
            Describe(text, component);
        return text.ToString();
    }

    private static void Describe(StringBuilder text, JsonNode component)
    {
        JsonNode? details = component["Details"];
        text.Append(CultureInfo.InvariantCulture, $" {component.Text("Name")}:\n");
        Line(text, 2, "Version", component.Text("Version"));
        if (component.Text("Name") != "Engine")
        {
            foreach ((string title, JsonNode? value) in (details as JsonObject ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal))
                Line(text, 2, title, value?.ToString());
            return;
        }

        Line(text, 2, "API version", $"{details.Text("ApiVersion")} (minimum version {details.Text("MinAPIVersion")})");
        foreach ((string title, string field) in (IEnumerable<(string, string)>)[("Go version", "GoVersion"), ("Git commit", "GitCommit"), ("Built", "BuildTime")])
        {
            if (details.Text(field) is { Length: > 0 } value)
                Line(text, 2, title, value);
        }

        Line(text, 2, "OS/Arch", $"{details.Text("Os")}/{details.Text("Arch")}");
        Line(text, 2, "Kernel", details.Text("KernelVersion"));
        Line(text, 2, "Experimental", details.Text("Experimental"));
    }

    private static void Line(StringBuilder text, int indent, string title, string? value)
        => text.Append(CultureInfo.InvariantCulture, $"{(new string(' ', indent) + title + ":").PadRight(TitleWidth)}{value}\n");
}
