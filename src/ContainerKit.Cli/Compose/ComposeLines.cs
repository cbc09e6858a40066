using ContainerKit.Compose;

namespace ContainerKit.Cli.Compose;

/// <summary>A line for each step of a project.</summary>
internal sealed class ComposeLines(TextWriter output) : IProgress<ComposeProgress>
{
    private readonly Lock _gate = new();

    public void Report(ComposeProgress value)
    {
        lock (_gate)
            output.WriteLine(value.Action == ComposeAction.Orphaned ? $"warning: the container {value.Name} is of a service that is not in the file: --remove-orphans removes it" : value.ToString());
    }
}
