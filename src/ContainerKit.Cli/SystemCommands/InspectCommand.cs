using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Templates;

namespace ContainerKit.Cli.SystemCommands;

/// <summary><c>ckit inspect</c>, and that of containers, images, networks and volumes: what docker shows.</summary>
internal static class InspectCommand
{
    private static readonly string[] Kinds = ["container", "image", "network", "volume"];

    /// <param name="console">Where it writes.</param>
    /// <param name="kind">The kind of things; null: <c>--type</c> says it, or any.</param>
    public static Command Create(CommandConsole console, string? kind = null) => new("inspect", "Show all that is known", "NAME|ID [NAME|ID...]")
    {
        MinimumArguments = 1,
        Options =
        [
            new("format", 'f', "string", "A template such as '{{.State.Status}}', or json"),
            .. kind is null or "container" ? (CommandOption[])[new("size", 's', null, "With the size of a container's files")] : [],
            .. kind is null ? (CommandOption[])[new("type", null, "string", "container, image, network or volume")] : [],
            .. kind is "network" ? (CommandOption[])[new("verbose", 'v', null, "For swarms")] : [],
            .. kind is "image" ? (CommandOption[])[Images.ImageCommands.PlatformOption] : [],
        ],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => RunAsync(client, invocation, console, kind ?? invocation.Value("type"), token), token),
    };

    private static async Task<int> RunAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, string? kind, CancellationToken cancellationToken)
    {
        if (kind is not null && !Kinds.Contains(kind))
            throw invocation.Invalid("type", kind, "container, image, network or volume is wanted");
        string? format = invocation.Value("format");
        Template? template = format is null or "json" ? null : Template.Parse(format);
        var found = new JsonArray();
        int code = 0;
        foreach (string name in invocation.Arguments)
        {
            JsonNode? node = await FindAsync(client, invocation, name, kind, cancellationToken).ConfigureAwait(false);
            if (node is null)
            {
                await console.Error.WriteLineAsync($"ckit: No such {kind ?? "object"}: {name}").ConfigureAwait(false);
                code = 1;
            }
            else if (template is not null)
            {
                await console.Output.WriteLineAsync(template.Render(node)).ConfigureAwait(false);
            }
            else if (format is not null)
            {
                await console.Output.WriteLineAsync(JsonText.Of(node)).ConfigureAwait(false);
            }
            else
            {
                found.Add(node);
            }
        }

        if (format is null)
            await console.Output.WriteLineAsync(found.ToJsonString(JsonText.Indented)).ConfigureAwait(false);
        return code;
    }

    private static async Task<JsonNode?> FindAsync(DockerClient client, CommandInvocation invocation, string name, string? kind, CancellationToken cancellationToken)
    {
        string escaped = DockerClient.Escape(name);
        foreach (string each in kind is null ? Kinds : [kind])
        {
            string path = each switch
            {
                "container" => $"/containers/{escaped}/json{(invocation.IsSet("size") ? "?size=1" : "")}",
                "image" => $"/images/{escaped}/json{Images.ImageCommands.PlatformQuery(invocation, '?')}",
                "network" => $"/networks/{escaped}{(invocation.IsSet("verbose") ? "?verbose=1" : "")}",
                _ => $"/volumes/{escaped}",
            };
            try
            {
                if (await client.FindAsync(path, cancellationToken).ConfigureAwait(false) is { } node)
                    return node;
            }
            catch (DockerErrorException e) when (kind is null && e.Status == 400)
            {
                // A name that is none for this kind of thing.
            }
        }

        return null;
    }
}
