using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Templates;

namespace ContainerKit.Cli.SystemCommands;

/// <summary><c>ckit events</c>.</summary>
internal static class EventsCommand
{
    public static Command Create(CommandConsole console) => new("events", "Show what happens, as it happens")
    {
        MaximumArguments = 0,
        Options =
        [
            FilterOption.Option, new("format", null, "string", "json, or a template such as '{{.Type}} {{.Action}}'"), new("since", null, "string", "Also what happened from a time on, or 10m ago"),
            new("until", null, "string", "Only up to a time"),
        ],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => RunAsync(client, invocation, console, token), token),
    };

    private static async Task RunAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string? format = invocation.Value("format");
        Template? template = string.IsNullOrEmpty(format) || format == "json" ? null : Template.Parse(format);
        string path = $"/events?{TimeText.Query(invocation, "since")}{TimeText.Query(invocation, "until")}{FilterOption.Query(invocation)}";
        await foreach (JsonNode happened in client.ReadLinesAsync(HttpMethod.Get, path, null, null, cancellationToken).ConfigureAwait(false))
        {
            await console.Output.WriteLineAsync(template?.Render(happened) ?? (format == "json" ? JsonText.Of(happened) : Describe(happened))).ConfigureAwait(false);
            await console.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Time, kind, what happened, id, and in brackets what is known besides.</summary>
    private static string Describe(JsonNode happened)
    {
        long nanoseconds = happened.Number("timeNano");
        DateTimeOffset time = (DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick)).ToLocalTime();
        string zone = time.Offset == TimeSpan.Zero ? "Z" : time.ToString("zzz", CultureInfo.InvariantCulture);
        string stamp = string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-ddTHH:mm:ss}.{nanoseconds % 1_000_000_000:D9}{zone}");
        string attributes = string.Join(", ", (happened["Actor"]).Pairs("Attributes").OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
        return $"{stamp} {happened.Text("Type")} {happened.Text("Action")} {(happened["Actor"]).Text("ID")}{(attributes.Length > 0 ? $" ({attributes})" : "")}";
    }
}
