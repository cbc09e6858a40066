using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Completion;

/// <summary><c>ckit completion SHELL</c>, and what those scripts ask for when the tab key is pressed.</summary>
internal static class CompletionCommand
{
    private const string AnswerName = "__complete";

    public static Command Create(CommandConsole console) => new("completion", "Write the script that lets a shell complete command lines", "bash|zsh|fish")
    {
        MinimumArguments = 1,
        MaximumArguments = 1,
        Handler = async (invocation, _) =>
        {
            await console.Output.WriteAsync(Script(invocation)).ConfigureAwait(false);
            return 0;
        },
    };

    /// <summary>Called by the scripts with the words so far; prints what the last one may become.</summary>
    public static Command CreateAnswer(CommandConsole console) => new(AnswerName, "Complete a command line")
    {
        IsHidden = true,
        PassesArguments = true,
        Handler = async (invocation, token) =>
        {
            foreach (string candidate in await CompletionCandidates.FindAsync(RootCommand.Create(console), invocation.Arguments, token).ConfigureAwait(false))
                await console.Output.WriteLineAsync(candidate).ConfigureAwait(false);
            return 0;
        },
    };

    private static string Script(CommandInvocation invocation) => invocation.Arguments[0] switch
    {
        "bash" => $$"""
            _ckit() {
                local IFS=$'\n'
                COMPREPLY=($(ckit {{AnswerName}} -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
                [[ ${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
            }
            complete -F _ckit ckit

            """,
        "zsh" => $$"""
            #compdef ckit
            _ckit() {
                local -a candidates
                candidates=("${(@f)$(ckit {{AnswerName}} -- "${words[@]:1:$((CURRENT - 1))}" 2>/dev/null)}")
                if [[ -n "${candidates[1]}" ]]; then compadd -a candidates; else _files; fi
            }
            compdef _ckit ckit

            """,
        "fish" => $$"""
            function __ckit_complete
                set -l words (commandline -opc) (commandline -ct)
                ckit {{AnswerName}} -- $words[2..-1] 2>/dev/null
            end
            complete -c ckit -a '(__ckit_complete)'

            """,
        string shell => throw new UsageException($"\"{shell}\" is no shell that is known: bash, zsh or fish is wanted") { Command = invocation.Command },
    };
}
