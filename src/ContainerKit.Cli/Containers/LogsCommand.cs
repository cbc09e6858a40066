using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Terminals;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit logs</c>.</summary>
internal static class LogsCommand
{
    public static Command Create(CommandConsole console) => new("logs", "Show what a container has written", "CONTAINER")
    {
        MinimumArguments = 1,
        MaximumArguments = 1,
        Options =
        [
            new("details", null, null, "With the attributes of each line"), new("follow", 'f', null, "Go on until it ends"), new("since", null, "string", "Only from a time on, or what is so old: 10m"),
            new("tail", 'n', "string", "Only the last lines (default all)"), new("timestamps", 't', null, "With the time of each line"), new("until", null, "string", "Only up to a time"),
        ],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => RunAsync(client, invocation, console, token), token),
    };

    private static async Task RunAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string path = ContainerCommands.PathOf(invocation);
        JsonNode? container = await client.GetAsync($"{path}/json", cancellationToken).ConfigureAwait(false);
        string flags = string.Concat(new[] { "follow", "timestamps", "details" }.Where(invocation.IsSet).Select(flag => $"&{flag}=1"));
        string tail = invocation.Value("tail") is string lines ? $"&tail={Uri.EscapeDataString(lines)}" : "";
        using HttpResponseMessage response = await client.SendAsync(
            HttpMethod.Get, $"{path}/logs?stdout=1&stderr=1{flags}{tail}{TimeText.Query(invocation, "since")}{TimeText.Query(invocation, "until")}", null, null, cancellationToken).ConfigureAwait(false);
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        Stream output = console.OpenOutput();
        Stream error = console.OpenError();
        await using (output.ConfigureAwait(false))
        await using (error.ConfigureAwait(false))
        {
            if ((container?["Config"]).Flag("Tty"))
                await body.CopyToAsync(output, cancellationToken).ConfigureAwait(false);
            else
                await ForegroundStreams.SplitAsync(body, output, error, cancellationToken).ConfigureAwait(false);
        }
    }
}
