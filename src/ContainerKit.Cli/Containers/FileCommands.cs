using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Containers;

/// <summary>Files of containers: cp, export, commit.</summary>
internal static class FileCommands
{
    public static IReadOnlyList<Command> Create(CommandConsole console) =>
    [
        CopyCommand.Create(console),
        new("export", "Write the files of a container as a tar archive", "CONTAINER")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Options = [new("output", 'o', "string", "The file (default: the output)")],
            Handler = (invocation, token) => ClientSession.RunAsync(
                invocation,
                client => OutputFile.WriteAsync(invocation, console, async stream =>
                {
                    using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, $"{ContainerCommands.PathOf(invocation)}/export", null, null, token).ConfigureAwait(false);
                    await response.Content.CopyToAsync(stream, token).ConfigureAwait(false);
                }),
                token),
        },
        new("commit", "Make an image of a container", "CONTAINER [NAME[:TAG]]")
        {
            MinimumArguments = 1,
            MaximumArguments = 2,
            Options =
            [
                new("author", 'a', "string", "Who made it"), new("message", 'm', "string", "A note"), new("change", 'c', "list", "An instruction of a Dockerfile"),
                new("pause", 'p', null, "Let the container stand still meanwhile (default true)"),
            ],
            Handler = (invocation, token) => ClientSession.RunAsync(
                invocation,
                async client =>
                {
                    (string repository, string tag) = invocation.Arguments.Count > 1 ? Images.ImageNames.Split(invocation.Arguments[1]) : ("", "");
                    List<(string Name, string Value)> query =
                    [
                        ("container", invocation.Arguments[0]), ("repo", repository), ("tag", tag), ("author", invocation.Value("author") ?? ""), ("comment", invocation.Value("message") ?? ""),
                        ("pause", !invocation.Has("pause") || invocation.IsSet("pause") ? "1" : "0"),
                    ];
                    query.AddRange(invocation.Values("change").Select(change => ("changes", change)));
                    string text = string.Join('&', query.Where(pair => pair.Value.Length > 0).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value)}"));
                    JsonNode? answer = await client.PostAsync($"/commit?{text}", new JsonObject(), token).ConfigureAwait(false);
                    await console.Output.WriteLineAsync(answer.Text("Id")).ConfigureAwait(false);
                },
                token),
        },
    ];
}
