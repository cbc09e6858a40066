using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Contexts;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Completion;

/// <summary>What the last word of a command line may become: commands, flags, and the names of things.</summary>
internal static class CompletionCandidates
{
    public static async Task<IReadOnlyList<string>> FindAsync(Command root, IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        Command command = root;
        string last = words.Count > 0 ? words[^1] : "";
        int arguments = 0;
        CommandOption? pending = null;
        foreach (string word in words.SkipLast(1))
        {
            if (pending is not null)
            {
                pending = null;
                continue;
            }

            if (word.StartsWith('-'))
                pending = Find(command, word) is { TakesValue: true } option && !word.Contains('=', StringComparison.Ordinal) ? option : null;
            else if (command.Commands.Count > 0 && command.Find(word) is { } inner)
                command = inner;
            else
                arguments++;
        }

        IEnumerable<string> candidates = pending is not null ? await ValuesAsync(pending.Name, cancellationToken).ConfigureAwait(false)
            : last.StartsWith('-') ? command.Options.Select(option => $"--{option.Name}").Append("--help")
            : command.Commands.Count > 0 ? command.Commands.Where(each => !each.IsHidden).Select(each => each.Name)
            : await NamesAsync(command, arguments, cancellationToken).ConfigureAwait(false);
        return [.. candidates.Where(candidate => candidate.StartsWith(last, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
    }

    private static CommandOption? Find(Command command, string word)
        => word.StartsWith("--", StringComparison.Ordinal) ? command.Options.FirstOrDefault(option => $"--{option.Name}" == word) : command.Options.FirstOrDefault(option => option.Letter == word[^1]);

    private static Task<IReadOnlyList<string>> ValuesAsync(string option, CancellationToken cancellationToken) => option switch
    {
        "network" => ListAsync("/networks", "", "Name", cancellationToken),
        "volumes-from" => ListAsync("/containers/json?all=1", "", "Names", cancellationToken),
        "context" => Task.FromResult<IReadOnlyList<string>>([ContextStore.DefaultName, .. ContextStore.Own.List().Select(context => context.Name)]),
        "restart" => Task.FromResult<IReadOnlyList<string>>(["always", "no", "on-failure", "unless-stopped"]),
        "pull" => Task.FromResult<IReadOnlyList<string>>(["always", "missing", "never"]),
        "log-driver" => Task.FromResult<IReadOnlyList<string>>(["json-file", "local", "none"]),
        _ => Task.FromResult<IReadOnlyList<string>>([]),
    };

    /// <summary>By what the command calls its arguments in the help.</summary>
    private static Task<IReadOnlyList<string>> NamesAsync(Command command, int position, CancellationToken cancellationToken)
    {
        string[] kinds = command.Arguments.Split(' ');
        string kind = position < kinds.Length ? kinds[position] : kinds[^1];
        kind = kind.Trim('[', ']', '.').Split(':')[0];
        return kind switch
        {
            "CONTAINER" => ListAsync($"/containers/json?all={(command.Name is "exec" or "stop" or "kill" or "pause" or "attach" or "top" ? 0 : 1)}", "", "Names", cancellationToken),
            "IMAGE" => ListAsync("/images/json", "", "RepoTags", cancellationToken),
            "NETWORK" => ListAsync("/networks", "", "Name", cancellationToken),
            "VOLUME" => ListAsync("/volumes", "Volumes", "Name", cancellationToken),
            "CONTEXT" => ValuesAsync("context", cancellationToken),
            "bash|zsh|fish" => Task.FromResult<IReadOnlyList<string>>(["bash", "fish", "zsh"]),
            _ => Task.FromResult<IReadOnlyList<string>>([]),
        };
    }

    /// <summary>Nothing where the engine does not answer: a key that is pressed is no place for messages.</summary>
    private static async Task<IReadOnlyList<string>> ListAsync(string path, string list, string field, CancellationToken cancellationToken)
    {
        try
        {
            var none = new CommandInvocation(new Command("", ""), new Dictionary<string, IReadOnlyList<string>>(), []);
            DockerClient client = await ClientSession.OpenAsync(EngineChoice.Find(none), EngineNeed.Any, cancellationToken).ConfigureAwait(false);
            await using (client.ConfigureAwait(false))
            {
                JsonNode? answer = await client.GetAsync(path, cancellationToken).ConfigureAwait(false);
                IEnumerable<JsonNode?> things = list.Length > 0 ? answer.Items(list) : (answer as JsonArray)?.AsEnumerable() ?? [];
                return [.. things.SelectMany(thing => thing?[field] is JsonArray names ? names.Select(name => name!.GetValue<string>()) : [thing.Text(field) ?? ""]).Select(name => name.TrimStart('/'))];
            }
        }
        catch (Exception e) when (ExitCodes.IsExpected(e))
        {
            return [];
        }
    }
}
