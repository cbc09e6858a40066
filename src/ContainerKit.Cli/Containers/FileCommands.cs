using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Containers;

/// <summary>Files of containers: cp, export, commit.</summary>
internal static class FileCommands
{
    public static IReadOnlyList<Command> Create(CommandConsole console) =>
    [
        new("cp", "Copy files between a container and this machine", "CONTAINER:PATH PATH | PATH CONTAINER:PATH")
        {
            MinimumArguments = 2,
            MaximumArguments = 2,
            Options = [new("archive", 'a', null, "Keep the owners of files"), new("quiet", 'q', null, "No progress")],
            Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => CopyAsync(engine, invocation, token), token),
        },
        new("export", "Write the files of a container as a tar archive", "CONTAINER")
        {
            MinimumArguments = 1,
            MaximumArguments = 1,
            Options = [new("output", 'o', "string", "The file (default: the output)")],
            Handler = (invocation, token) => ContainerCommands.WithAsync(invocation, container => OutputFile.WriteAsync(invocation, stream => container.ExportAsync(stream, token)), token),
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
            Handler = (invocation, token) => ContainerCommands.WithAsync(
                invocation,
                async container =>
                {
                    var options = new CommitOptions
                    {
                        Author = invocation.Value("author"),
                        Message = invocation.Value("message"),
                        Changes = invocation.Values("change"),
                        Pause = !invocation.Has("pause") || invocation.IsSet("pause"),
                    };
                    Image image = await container.CommitAsync(invocation.Arguments.Count > 1 ? invocation.Arguments[1] : null, options, token).ConfigureAwait(false);
                    await console.Output.WriteLineAsync(image.Id.ToString()).ConfigureAwait(false);
                },
                token),
        },
    ];

    private static async Task<int> CopyAsync(ContainerEngine engine, CommandInvocation invocation, CancellationToken cancellationToken)
    {
        (string? from, string source) = Split(invocation.Arguments[0]);
        (string? to, string target) = Split(invocation.Arguments[1]);
        bool keepOwners = invocation.IsSet("archive");
        switch (from, to)
        {
            case (string name, null):
                Container container = await engine.Containers.GetAsync(name, cancellationToken).ConfigureAwait(false);
                if (target == "-")
                    await OutputFile.WriteAsync(invocation, stream => container.CopyFromAsync(source, stream, cancellationToken)).ConfigureAwait(false);
                else
                    await container.CopyFromAsync(source, target, new CopyFromOptions { KeepOwners = keepOwners }, cancellationToken).ConfigureAwait(false);
                return 0;
            case (null, string name):
                Container receiver = await engine.Containers.GetAsync(name, cancellationToken).ConfigureAwait(false);
                var options = new CopyToOptions { KeepOwners = keepOwners };
                if (source == "-")
                {
                    Stream input = Console.OpenStandardInput();
                    await using (input.ConfigureAwait(false))
                        await receiver.CopyToAsync(input, target, options, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await receiver.CopyToAsync(source, target, options, cancellationToken).ConfigureAwait(false);
                }

                return 0;
            default:
                throw new UsageException("one of the two has to be in a container: CONTAINER:PATH") { Command = invocation.Command };
        }
    }

    /// <summary>A colon behind the first slash belongs to a path.</summary>
    private static (string? Container, string Path) Split(string argument)
    {
        int colon = argument.IndexOf(':', StringComparison.Ordinal);
        int slash = argument.IndexOf('/', StringComparison.Ordinal);
        return colon <= 0 || (slash >= 0 && slash < colon) ? (null, argument) : (argument[..colon], argument[(colon + 1)..]);
    }
}
