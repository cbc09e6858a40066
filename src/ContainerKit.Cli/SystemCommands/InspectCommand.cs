using System.Text.Json;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.DockerApi.SystemInfo;

namespace ContainerKit.Cli.SystemCommands;

/// <summary><c>ckit inspect</c>, and that of networks and volumes: what docker shows.</summary>
internal static class InspectCommand
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        IndentSize = 4,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = JsonNodeContext.Default,
    };

    /// <param name="console">Where it writes.</param>
    /// <param name="kind">The kind of things; null: <c>--type</c> says it, or any.</param>
    public static Command Create(CommandConsole console, string? kind = null) => new("inspect", "Show all that is known", "NAME|ID [NAME|ID...]")
    {
        MinimumArguments = 1,
        Options = [new("format", 'f', "string", "A template such as '{{.State.Status}}', or json"), .. kind is null ? (CommandOption[])[new("type", null, "string", "container, image, network or volume")] : []],
        Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => RunAsync(engine, invocation, console, kind ?? invocation.Value("type"), token), token),
    };

    private static async Task<int> RunAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, string? kind, CancellationToken cancellationToken)
    {
        if (kind is not (null or "container" or "image" or "network" or "volume"))
            throw invocation.Invalid("type", kind, "container, image, network or volume is wanted");
        string? format = invocation.Value("format");
        var found = new JsonArray();
        int code = 0;
        foreach (string name in invocation.Arguments)
        {
            byte[]? json = await Inspection.FindAsync(engine, name, kind, cancellationToken).ConfigureAwait(false);
            if (json is null)
            {
                await console.Error.WriteLineAsync($"ckit: No such {kind ?? "object"}: {name}").ConfigureAwait(false);
                code = 1;
                continue;
            }

            JsonNode? node = JsonNode.Parse(json);
            if (format is null)
                found.Add(node);
            else
                await console.Output.WriteLineAsync(format == "json" ? OutputTemplate.ToJson(node) : OutputTemplate.Render(format, node)).ConfigureAwait(false);
        }

        if (format is null)
            await console.Output.WriteLineAsync(found.ToJsonString(Indented)).ConfigureAwait(false);
        return code;
    }
}
