using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Images;

/// <summary><c>ckit images</c> and <c>ckit history</c>.</summary>
internal static class ImageListing
{
    private const string None = "<none>";
    private const int ShortIdLength = 12;

    public static Command Create(CommandConsole console, string name = "images") => new(name, "List images", "[REPOSITORY[:TAG]]")
    {
        Aliases = name == "images" ? [] : ["list"],
        MaximumArguments = 1,
        Options =
        [
            .. Listing<JsonNode>.Options, FilterOption.Option, new("all", 'a', null, "Also those that are steps of a build"), new("digests", null, null, "With their digests"),
            new("no-trunc", null, null, "Don't shorten ids"),
        ],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => ListAsync(client, invocation, console, token), token),
    };

    public static Command CreateHistory(CommandConsole console) => new("history", "Show how an image came to be", "IMAGE")
    {
        MinimumArguments = 1,
        MaximumArguments = 1,
        Options = [.. Listing<JsonNode>.Options, new("human", 'H', null, "Sizes and times for people (default true)"), new("no-trunc", null, null, "Don't shorten anything"), ImageCommands.PlatformOption],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => HistoryAsync(client, invocation, console, token), token),
    };

    /// <summary>All fields of each image, by its first name.</summary>
    public static JsonArray ToJson(IEnumerable<JsonNode> images) => Describe(isFull: true, withDigests: true).ToJson(images.Select(image => Rows(image, withDigests: false).First() with { Digest = "" }));

    private static async Task ListAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        (string, string)[] reference = invocation.Arguments.Count > 0 ? [("reference", invocation.Arguments[0])] : [];
        bool digests = invocation.IsSet("digests");
        string path = $"/images/json?all={(invocation.IsSet("all") ? 1 : 0)}{FilterOption.Query(invocation, reference)}";
        JsonArray images = await client.GetAsync(path, cancellationToken).ConfigureAwait(false) as JsonArray ?? [];
        bool needsDigest = digests || invocation.Value("format")?.Contains(".Digest", StringComparison.Ordinal) == true;
        List<Row> rows = [.. images.OfType<JsonNode>().SelectMany(image => Rows(image, needsDigest))];
        await Describe(invocation.IsSet("no-trunc"), digests).WriteAsync(invocation, console.Output, rows).ConfigureAwait(false);
    }

    /// <summary>A line for each name, and with digests for each of those.</summary>
    private static IEnumerable<Row> Rows(JsonNode image, bool withDigests)
    {
        List<string> digests = [.. image.Items("RepoDigests").Select(digest => digest.GetValue<string>()).Where(digest => !digest.StartsWith(None, StringComparison.Ordinal))];
        List<string> tags = [.. image.Items("RepoTags").Select(tag => tag.GetValue<string>()).Where(tag => !tag.StartsWith(None, StringComparison.Ordinal))];
        foreach ((string repository, string tag) in tags.Select(ImageNames.Split))
        {
            List<string> own = [.. digests.Where(digest => ImageNames.Split(digest).Repository == repository).Select(digest => ImageNames.Split(digest).Tag)];
            foreach (string digest in withDigests && own.Count > 0 ? own : [own.Count > 0 ? own[0] : None])
                yield return new Row(image, repository, tag, digest);
        }

        if (tags.Count > 0)
            yield break;
        (string name, string only) = digests.Count > 0 ? ImageNames.Split(digests[0]) : (None, None);
        yield return new Row(image, name, None, only);
    }

    private static Listing<Row> Describe(bool isFull, bool withDigests)
    {
        (string Field, string Title, Func<Row, string?> Value) digest = ("Digest", "DIGEST", row => row.Digest);
        return new Listing<Row>(
            row => Id(row.Image.Text("Id"), isFull),
            [
                ("Repository", "REPOSITORY", row => row.Repository),
                ("Tag", "TAG", row => row.Tag),
                .. withDigests ? new[] { digest } : [],
                ("ID", "IMAGE ID", row => Id(row.Image.Text("Id"), isFull)),
                ("CreatedSince", "CREATED", row => row.Image.Number("Created") is var created and > 0 ? HumanText.Ago(HumanText.FromUnix(created)) : "N/A"),
                ("Size", "SIZE", row => HumanText.ThreeDigits(row.Image.Number("Size"))),
            ])
        {
            Further =
            [
                .. withDigests ? [] : new[] { digest },
                ("CreatedAt", "CREATED AT", row => HumanText.Timestamp(HumanText.FromUnix(row.Image.Number("Created")))),
                ("Containers", "CONTAINERS", row => row.Image.Number("Containers") is var count and >= 0 ? count.ToString(CultureInfo.InvariantCulture) : "N/A"),
                ("SharedSize", "SHARED SIZE", row => row.Image.Number("SharedSize") is var size and >= 0 ? HumanText.Size(size) : "N/A"),
                ("VirtualSize", "VIRTUAL SIZE", row => HumanText.Size(row.Image.Number("Size"))),
                ("UniqueSize", "UNIQUE SIZE", row => row.Image.Number("SharedSize") is var shared and >= 0 ? HumanText.Size(row.Image.Number("Size") - shared) : "N/A"),
            ],
            Label = (row, name) => (row.Image["Labels"]).Text(name) ?? "",
        };
    }

    private static string Id(string? id, bool isFull) => isFull || id is null ? id ?? "" : (id.Contains(':', StringComparison.Ordinal) ? id[(id.IndexOf(':', StringComparison.Ordinal) + 1)..] : id) is { Length: > ShortIdLength } hex ? hex[..ShortIdLength] : id;

    private static async Task HistoryAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        const int commandLength = 45;
        bool isFull = invocation.IsSet("no-trunc");
        bool human = !invocation.Has("human") || invocation.IsSet("human");
        JsonArray steps = await client.GetAsync($"/images/{DockerClient.Escape(invocation.Arguments[0])}/history{ImageCommands.PlatformQuery(invocation, '?')}", cancellationToken).ConfigureAwait(false) as JsonArray ?? [];
        var listing = new Listing<JsonNode>(
            step => Id(step.Text("Id"), isFull),
            [
                ("ID", "IMAGE", step => Id(step.Text("Id"), isFull)),
                ("CreatedSince", human ? "CREATED" : "CREATED AT", step => human ? Created(step) is { } time ? HumanText.Ago(time) : "N/A" : CreatedAt(step)),
                ("CreatedBy", "CREATED BY", step => (step.Text("CreatedBy") ?? "").Replace('\t', ' ') is var by && isFull ? by : HumanText.Shorten(by, commandLength)),
                ("Size", "SIZE", step => human ? HumanText.ThreeDigits(step.Number("Size")) : step.Number("Size").ToString(CultureInfo.InvariantCulture)),
                ("Comment", "COMMENT", step => step.Text("Comment") ?? ""),
            ])
        {
            Further = [("CreatedAt", "CREATED AT", CreatedAt)],
        };
        await listing.WriteAsync(invocation, console.Output, [.. steps.OfType<JsonNode>()]).ConfigureAwait(false);
    }

    private static DateTimeOffset? Created(JsonNode step) => step.Number("Created") is var seconds and > 0 ? HumanText.FromUnix(seconds) : null;

    private static string CreatedAt(JsonNode step) => Created(step) is { } time ? time.ToLocalTime().ToString("yyyy-MM-ddTHH:mm:ssK", CultureInfo.InvariantCulture).Replace("+00:00", "Z", StringComparison.Ordinal) : "";

    private sealed record Row(JsonNode Image, string Repository, string Tag, string Digest);
}
