using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Terminals;
using ContainerKit.DockerApi.Exec;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit exec</c>.</summary>
internal static class ExecCommand
{
    public static Command Create(CommandConsole console) => new("exec", "Run a command in a container that runs", "CONTAINER COMMAND [ARG...]")
    {
        MinimumArguments = 2,
        PassesArguments = true,
        Options =
        [
            new("detach", 'd', null, "Let it run in the background"),
            new("detach-keys", null, "string", "The keys that let go of it (default ctrl-p,ctrl-q)"),
            new("env", 'e', "list", "An environment variable, NAME=value"),
            new("env-file", null, "list", "A file of them"),
            new("interactive", 'i', null, "Keep the input open"),
            new("privileged", null, null, "Every privilege"),
            new("tty", 't', null, "Give it a terminal"),
            new("user", 'u', "string", "User and group, by name or id"),
            new("workdir", 'w', "string", "The working directory"),
        ],
        Handler = (invocation, token) => ClientSession.RunAsync(
            invocation,
            client => RunAsync(client, invocation.Arguments[0], invocation, invocation.IsSet("interactive"), invocation.IsSet("tty"), console, token),
            token),
    };

    /// <summary>Runs the command that follows the first argument.</summary>
    internal static async Task<int> RunAsync(
        DockerClient client, string container, CommandInvocation invocation, bool interactive, bool terminal, CommandConsole console, CancellationToken cancellationToken)
    {
        bool detached = invocation.IsSet("detach");
        bool input = !detached && interactive;
        if (input && terminal && !ForegroundTerminal.HasInputTerminal)
            throw new UsageException("the input device is not a TTY") { Command = invocation.Command };
        _ = ForegroundStreams.ParseKeys(invocation.Value("detach-keys"));
        IReadOnlyList<int>? size = terminal && ForegroundTerminal.Size is { } known ? [known.Rows, known.Columns] : null;
        var body = new ExecCreateBody
        {
            Cmd = [.. invocation.Arguments.Skip(1)],
            Env = [.. FlagText.Lines(invocation, "env-file"), .. invocation.Values("env").Select(FlagText.Variable)],
            User = invocation.Value("user"),
            WorkingDir = invocation.Value("workdir"),
            Privileged = invocation.IsSet("privileged"),
            Tty = terminal,
            AttachStdin = input,
            AttachStdout = !detached,
            AttachStderr = !detached,
            DetachKeys = invocation.Value("detach-keys"),
            ConsoleSize = size,
        };
        JsonNode? created = await client.PostAsync($"/containers/{DockerClient.Escape(container)}/exec", DockerClient.Json(body, ExecJson.Default.ExecCreateBody), cancellationToken).ConfigureAwait(false);
        string id = created.Text("Id") ?? throw new IOException("The engine answered without an id.");
        JsonNode start = DockerClient.Json(new ExecStartBody { Detach = detached, Tty = terminal, ConsoleSize = size }, ExecJson.Default.ExecStartBody);
        if (detached)
        {
            await client.PostAsync($"/exec/{id}/start", start, cancellationToken).ConfigureAwait(false);
            return 0;
        }

        HijackedConnection connection = await client.HijackAsync($"/exec/{id}/start", start, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            bool left;
            using (new ForegroundTerminal(console.Signals, raw: terminal && input, terminal ? each => ResizeAsync(client, id, each) : null, signal: null))
            {
                if (!input && !terminal)
                    await connection.CloseInputAsync().ConfigureAwait(false);
                left = await new ForegroundStreams(console, connection, terminal, invocation.Value("detach-keys")).RunAsync(input, cancellationToken).ConfigureAwait(false);
            }

            if (left)
                return 0;
        }

        return (int)(await client.GetAsync($"/exec/{id}/json", cancellationToken).ConfigureAwait(false)).Number("ExitCode");
    }

    private static Task<JsonNode?> ResizeAsync(DockerClient client, string id, TerminalSize size)
        => client.PostAsync(string.Create(CultureInfo.InvariantCulture, $"/exec/{id}/resize?h={size.Rows}&w={size.Columns}"), null, CancellationToken.None);
}
