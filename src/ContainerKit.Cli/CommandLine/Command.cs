namespace ContainerKit.Cli.CommandLine;

/// <summary>A command, or a group of them: its flags, what follows, and what it does.</summary>
internal sealed class Command
{
    public Command(string name, string summary, string arguments = "")
    {
        Name = name;
        Summary = summary;
        Arguments = arguments;
    }

    public string Name { get; }

    public string Summary { get; }

    /// <summary>What follows the flags, for the help: <c>IMAGE [COMMAND] [ARG...]</c>.</summary>
    public string Arguments { get; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    public IReadOnlyList<CommandOption> Options { get; init; } = [];

    public IReadOnlyList<Command> Commands { get; init; } = [];

    public int MinimumArguments { get; init; }

    public int MaximumArguments { get; init; } = int.MaxValue;

    /// <summary>True: what follows the first argument belongs to it, flags or not, as in <c>run IMAGE ls -l</c>.</summary>
    public bool PassesArguments { get; init; }

    /// <summary>True: the help and the completion of shells don't show it.</summary>
    public bool IsHidden { get; init; }

    /// <summary>The exit code for a command line that can't be understood: run's is 125, so that it isn't taken for the container's.</summary>
    public int UsageExitCode { get; init; } = 1;

    public Func<CommandInvocation, CancellationToken, Task<int>>? Handler { get; init; }

    /// <summary>The group that it is in; set by the group.</summary>
    public Command? Parent { get; private set; }

    public string FullName => Parent is null ? Name : $"{Parent.FullName} {Name}";

    /// <summary>Makes the commands below know where they are.</summary>
    public Command Adopt()
    {
        foreach (Command command in Commands)
        {
            command.Parent = this;
            command.Adopt();
        }

        return this;
    }

    public Command? Find(string name) => Commands.FirstOrDefault(command => command.Name == name || command.Aliases.Contains(name));
}
