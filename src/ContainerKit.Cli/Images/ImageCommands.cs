using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Registries;
using ContainerKit.Cli.Session;
using ContainerKit.Oci;

namespace ContainerKit.Cli.Images;

/// <summary>Images.</summary>
internal static class ImageCommands
{
    private static readonly CommandOption ContentTrustOption = new("disable-content-trust", null, null, "Taken for docker's sake: there is no content trust");

    public static CommandOption PlatformOption { get; } = new("platform", null, "string", "The platform of the image");

    /// <summary>Those that docker has without <c>image</c> before them.</summary>
    public static IReadOnlyList<Command> Create(CommandConsole console) =>
    [
        new("pull", "Fetch an image from its registry", "NAME[:TAG|@DIGEST]")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Options = [new("all-tags", 'a', null, "Every tag of the repository"), ContentTrustOption, PlatformOption, new("quiet", 'q', null, "The name only")],
            Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => PullAsync(client, invocation, console, token), token),
        },
        new("push", "Send an image to its registry", "NAME[:TAG]")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Options = [new("all-tags", 'a', null, "Every tag of the repository"), ContentTrustOption, PlatformOption, new("quiet", 'q', null, "The name only")],
            Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => PushAsync(client, invocation, console, token), token),
        },
        new("tag", "Give an image a further name", "IMAGE NAME[:TAG]")
        {
            MinimumArguments = 2,
            MaximumArguments = 2,
            Handler = (invocation, token) => ClientSession.RunAsync(
                invocation,
                client =>
                {
                    (string repository, string tag) = ImageNames.Split(invocation.Arguments[1]);
                    return client.PostAsync($"/images/{DockerClient.Escape(invocation.Arguments[0])}/tag?repo={Uri.EscapeDataString(repository)}&tag={Uri.EscapeDataString(tag)}", null, token);
                },
                token),
        },
        CreateRemove(console, "rmi", []),
        ImageListing.CreateHistory(console),
        new("save", "Write images as a tar archive", "IMAGE [IMAGE...]")
        {
            MinimumArguments = 1,
            Options = [new("output", 'o', "string", "The file (default: the output)"), PlatformOption],
            Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => SaveAsync(client, invocation, console, token), token),
        },
        new("load", "Read images from a tar archive or an OCI layout")
        {
            MaximumArguments = 0,
            Options = [new("input", 'i', "string", "The file or directory (default: the input)"), PlatformOption, new("quiet", 'q', null, "No progress")],
            Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => LoadAsync(client, invocation, console, token), token),
        },
        new("import", "Make an image of a root file system", "FILE|URL|- [NAME[:TAG]]")
        {
            MinimumArguments = 1,
            MaximumArguments = 2,
            Options = [new("change", 'c', "list", "An instruction of a Dockerfile"), new("message", 'm', "string", "A note"), new("platform", null, "string", "The platform of the files")],
            Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => ImportAsync(client, invocation, console, token), token),
        },
    ];

    public static Command CreateRemove(CommandConsole console, string name, IReadOnlyList<string> aliases) => new(name, "Remove images", "IMAGE [IMAGE...]")
    {
        Aliases = aliases,
        MinimumArguments = 1,
        Options =
        [
            new("force", 'f', null, "Also when they have several names, or containers that don't run use them"), new("no-prune", null, null, "Keep what only they were made of"),
            new("platform", null, "list", "Only what is for a platform"),
        ],
        Handler = (invocation, token) => ClientSession.RunAsync(
            invocation,
            client => EngineSession.EachAsync(console, invocation.Arguments, async image =>
            {
                string query = $"?force={(invocation.IsSet("force") ? 1 : 0)}&noprune={(invocation.IsSet("no-prune") ? 1 : 0)}{string.Concat(invocation.Values("platform").Select(text => $"&platforms={Uri.EscapeDataString(PlatformJson(text))}"))}";
                JsonArray removed = await client.DeleteAsync($"/images/{DockerClient.Escape(image)}{query}", token).ConfigureAwait(false) as JsonArray ?? [];
                return string.Join('\n', removed.Select(each => each.Text("Untagged") is string name ? $"Untagged: {name}" : $"Deleted: {each.Text("Deleted")}"));
            }),
            token),
    };

    public static Platform? Platform(CommandInvocation invocation) => invocation.Value("platform") is string platform ? Oci.Platform.Parse(platform) : null;

    /// <summary>The platform as the endpoints of images that there are want it, as JSON; empty without the flag.</summary>
    public static string PlatformQuery(CommandInvocation invocation, char separator)
        => invocation.Value("platform") is string text ? $"{separator}platform={Uri.EscapeDataString(PlatformJson(text))}" : "";

    private static string PlatformJson(string text)
    {
        Platform platform = Oci.Platform.Parse(text);
        var json = new JsonObject { ["os"] = platform.Os, ["architecture"] = platform.Architecture };
        if (platform.Variant is not null)
            json["variant"] = platform.Variant;
        return json.ToJsonString();
    }

    private static async Task PullAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string name = invocation.Arguments[0];
        bool all = invocation.IsSet("all-tags");
        if (all && (ImageNames.HasTag(name) || name.Contains('@', StringComparison.Ordinal)))
            throw new UsageException("tag can't be used with --all-tags/-a") { Command = invocation.Command };
        ImageReference reference = ImageReference.Parse(name);
        bool quiet = invocation.IsSet("quiet");
        if (!all && !quiet && !ImageNames.HasTag(name) && reference.Digest is null)
            await console.Output.WriteLineAsync($"Using default tag: {ImageReference.DefaultTag}").ConfigureAwait(false);
        await ImagePull.RunAsync(client, all ? name : ImageNames.WithTag(name), invocation.Value("platform"), quiet ? TextWriter.Null : console.Output, cancellationToken).ConfigureAwait(false);
        await console.Output.WriteLineAsync(all ? reference.Name : ImageReference.Parse(ImageNames.WithTag(name)).ToString()).ConfigureAwait(false);
    }

    private static async Task PushAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string name = invocation.IsSet("all-tags") ? invocation.Arguments[0] : ImageNames.WithTag(invocation.Arguments[0]);
        if (invocation.IsSet("all-tags") && ImageNames.HasTag(name))
            throw new UsageException("tag can't be used with --all-tags/-a") { Command = invocation.Command };
        (string repository, string tag) = ImageNames.Split(name);
        bool quiet = invocation.IsSet("quiet");

        // The header is required of clients, whether there is a login or not.
        IReadOnlyDictionary<string, string>? headers = await LoginFile.HeadersForAsync(client, name, cancellationToken).ConfigureAwait(false);
        await ProgressDisplay.For(quiet ? TextWriter.Null : console.Output).ShowAsync(
            client.ReadLinesAsync(HttpMethod.Post, $"/images/{DockerClient.Escape(repository)}/push?tag={Uri.EscapeDataString(tag)}{PlatformQuery(invocation, '&')}", null, headers, cancellationToken)).ConfigureAwait(false);
        if (quiet)
            await console.Output.WriteLineAsync(ImageReference.Parse(name).ToString()).ConfigureAwait(false);
    }

    private static async Task SaveAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string names = string.Join('&', invocation.Arguments.Select(name => $"names={Uri.EscapeDataString(name)}"));

        // Before there is a file: an image that there is not makes none.
        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, $"/images/get?{names}{PlatformQuery(invocation, '&')}", null, null, cancellationToken).ConfigureAwait(false);
        await OutputFile.WriteAsync(invocation, console, stream => response.Content.CopyToAsync(stream, cancellationToken)).ConfigureAwait(false);
    }

    private static async Task LoadAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string? input = invocation.Value("input");
        if (input is null && Terminals.ForegroundTerminal.HasInputTerminal)
            throw new UsageException("requested load from stdin, but stdin is empty") { Command = invocation.Command };
        HttpContent content = input is not null && Directory.Exists(input)
            ? new PushContent("application/x-tar", (stream, token) => Containers.LocalFiles.PackAsync(stream, input, null, follow: true, token))
            : new StreamContent(input is null ? console.OpenInput() : new FileStream(input, FileMode.Open, FileAccess.Read, FileShare.Read)) { Headers = { ContentType = new("application/x-tar") } };
        using (content)
        {
            string path = $"/images/load?quiet={(invocation.IsSet("quiet") ? 1 : 0)}{PlatformQuery(invocation, '&')}";
            await ProgressDisplay.For(console.Output).ShowAsync(client.ReadLinesAsync(HttpMethod.Post, path, content, null, cancellationToken)).ConfigureAwait(false);
        }
    }

    private static async Task ImportAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string source = invocation.Arguments[0];
        bool isAddress = source.StartsWith("http://", StringComparison.Ordinal) || source.StartsWith("https://", StringComparison.Ordinal);
        (string repository, string tag) = invocation.Arguments.Count > 1 ? ImageNames.Split(invocation.Arguments[1]) : ("", "");
        List<(string Name, string Value)> query = [("fromSrc", isAddress ? source : "-"), ("repo", repository), ("tag", tag), ("message", invocation.Value("message") ?? ""), ("platform", invocation.Value("platform") ?? "")];
        query.AddRange(invocation.Values("change").Select(change => ("changes", change)));
        string path = $"/images/create?{string.Join('&', query.Where(pair => pair.Value.Length > 0).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value)}"))}";
        using HttpContent? content = isAddress ? null : new StreamContent(source == "-" ? console.OpenInput() : new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read));
        await ProgressDisplay.For(console.Output).ShowAsync(client.ReadLinesAsync(HttpMethod.Post, path, content, null, cancellationToken)).ConfigureAwait(false);
    }
}
