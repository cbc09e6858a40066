namespace ContainerKit.Benchmarks.Machine;

/// <summary>How a command ended and what it said.</summary>
internal readonly record struct CommandResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The last line of its error output: where command-line programs put the reason.</summary>
    public string LastLine => Errors.Length > 0 ? Errors[(Errors.LastIndexOf('\n') + 1)..] : $"status {ExitCode}";
}
