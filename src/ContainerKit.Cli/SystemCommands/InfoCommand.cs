using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Templates;

namespace ContainerKit.Cli.SystemCommands;

/// <summary><c>ckit info</c>.</summary>
internal static class InfoCommand
{
    public static Command Create(CommandConsole console) => new("info", "Show the engine and its machine")
    {
        MaximumArguments = 0,
        Options = [new("format", 'f', "string", "json, or a template such as '{{.NCPU}}'")],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => RunAsync(client, invocation, console, token), token),
    };

    private static async Task RunAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        JsonNode? info = await client.GetAsync("/info", cancellationToken).ConfigureAwait(false);
        if (info is JsonObject fields)
            fields["ClientInfo"] = VersionCommand.DescribeClient(invocation);
        await console.Output.WriteLineAsync(invocation.Value("format") switch
        {
            null or "" => Describe(client, invocation, info).TrimEnd('\n'),
            "json" => JsonText.Of(info),
            string format => Template.Parse(format).Render(info),
        }).ConfigureAwait(false);
    }

    private static string Describe(DockerClient client, CommandInvocation invocation, JsonNode? info)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Client:\n Version:    {VersionCommand.Version}\n Context:    {EngineChoice.FindContext(invocation) ?? "-"}\n");
        text.Append(CultureInfo.InvariantCulture, $" Engine:     {(client.IsServer ? $"a server at {client.Name}" : "in this process")}\n\nServer:\n");
        text.Append(CultureInfo.InvariantCulture, $" Containers: {info.Number("Containers")}\n  Running: {info.Number("ContainersRunning")}\n  Paused: {info.Number("ContainersPaused")}\n  Stopped: {info.Number("ContainersStopped")}\n");
        foreach ((string title, string field) in (IEnumerable<(string, string)>)[("Images", "Images"), ("Server Version", "ServerVersion"), ("Storage Driver", "Driver")])
            Line(title, info?[field]);
        foreach (JsonNode pair in info.Items("DriverStatus"))
            text.Append(CultureInfo.InvariantCulture, $"  {pair[0]}: {pair[1]}\n");
        Line("Logging Driver", info?["LoggingDriver"]);
        Line("Cgroup Driver", info?["CgroupDriver"]);
        Line("Cgroup Version", info?["CgroupVersion"]);
        text.Append(" Plugins:\n");
        foreach ((string kind, JsonNode? plugins) in info.Pairs("Plugins").Where(pair => pair.Value is JsonArray { Count: > 0 }))
            text.Append(CultureInfo.InvariantCulture, $"  {kind}: {string.Join(' ', plugins!.AsArray())}\n");
        text.Append(CultureInfo.InvariantCulture, $" Swarm: {(info?["Swarm"]).Text("LocalNodeState")}\n Security Options:\n");
        foreach (JsonNode option in info.Items("SecurityOptions"))
            text.Append(CultureInfo.InvariantCulture, $"  {option.GetValue<string>().Replace("name=", "", StringComparison.Ordinal)}\n");
        foreach ((string title, string field) in (IEnumerable<(string, string)>)[("Kernel Version", "KernelVersion"), ("Operating System", "OperatingSystem"), ("OSType", "OSType"), ("Architecture", "Architecture"), ("CPUs", "NCPU")])
            Line(title, info?[field]);
        text.Append(CultureInfo.InvariantCulture, $" Total Memory: {HumanText.BinarySize(info.Number("MemTotal"))}\n");
        foreach ((string title, string field) in (IEnumerable<(string, string)>)[("Name", "Name"), ("ID", "ID"), ("Docker Root Dir", "DockerRootDir"), ("Debug Mode", "Debug"), ("Experimental", "ExperimentalBuild")])
            Line(title, info?[field]);
        text.Append(" Insecure Registries:\n");
        foreach (JsonNode range in (info?["RegistryConfig"]).Items("InsecureRegistryCIDRs"))
            text.Append(CultureInfo.InvariantCulture, $"  {range}\n");
        foreach ((string name, JsonNode? index) in (info?["RegistryConfig"]).Pairs("IndexConfigs").Where(pair => pair.Value is JsonObject && !pair.Value.Flag("Secure")))
            text.Append(CultureInfo.InvariantCulture, $"  {name}\n");
        List<JsonNode> mirrors = [.. (info?["RegistryConfig"]).Items("Mirrors")];
        if (mirrors.Count > 0)
            text.Append(" Registry Mirrors:\n");
        foreach (JsonNode mirror in mirrors)
            text.Append(CultureInfo.InvariantCulture, $"  {mirror}\n");
        Line("Live Restore Enabled", info?["LiveRestoreEnabled"]);
        foreach (JsonNode warning in info.Items("Warnings"))
            text.Append(CultureInfo.InvariantCulture, $"WARNING: {warning}\n");
        return text.ToString();

        void Line(string title, JsonNode? value) => text.Append(CultureInfo.InvariantCulture, $" {title}: {TemplateValue.Show(TemplateValue.From(value ?? ""))}\n");
    }
}
