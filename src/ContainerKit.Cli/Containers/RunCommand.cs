using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Images;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Terminals;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit run</c> and <c>ckit create</c>.</summary>
internal static class RunCommand
{
    /// <summary>Not the container's exit code, but ours: it could not be made.</summary>
    private const int Failed = 125;

    public static Command CreateRun(CommandConsole console) => new("run", "Create a container of an image, and run it", "IMAGE [COMMAND] [ARG...]")
    {
        MinimumArguments = 1,
        PassesArguments = true,
        UsageExitCode = Failed,
        Options = [.. ContainerOptions.All, new CommandOption("detach", 'd', null, "Let it run in the background, and print its id")],
        Handler = (invocation, token) => EngineSession.RunAsync(invocation, engine => RunAsync(engine, invocation, console, token), token),
    };

    public static Command CreateCreate(CommandConsole console) => new("create", "Create a container of an image", "IMAGE [COMMAND] [ARG...]")
    {
        MinimumArguments = 1,
        PassesArguments = true,
        Options = ContainerOptions.All,
        Handler = (invocation, token) => EngineSession.RunAsync(
            invocation,
            async engine =>
            {
                Container container = await CreateAsync(engine, invocation, SpecReader.Read(invocation), console, token).ConfigureAwait(false);
                await console.Output.WriteLineAsync(container.Id).ConfigureAwait(false);
                return 0;
            },
            token),
    };

    private static async Task<int> RunAsync(ContainerEngine engine, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        ContainerSpec spec = SpecReader.Read(invocation);
        if (invocation.IsSet("detach"))
        {
            // It outlives this process; the next engine of the data root takes it over.
            Container detached = await CreateAsync(engine, invocation, spec.WithLifetime(ContainerLifetime.Detached), console, cancellationToken).ConfigureAwait(false);
            await detached.StartAsync(cancellationToken).ConfigureAwait(false);
            await console.Output.WriteLineAsync(detached.Id).ConfigureAwait(false);
            return 0;
        }

        if (spec is { Terminal: true, OpenStdin: true } && !ForegroundTerminal.HasInputTerminal)
            throw new UsageException("the input device is not a TTY") { Command = invocation.Command };
        if (spec.Terminal)
            spec = spec.WithTerminal(ForegroundTerminal.Size);
        Container container = await CreateAsync(engine, invocation, spec, console, cancellationToken).ConfigureAwait(false);
        ContainerAttachment attachment = await container.AttachAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (attachment.ConfigureAwait(false))
        {
            Task<ExitStatus> ended = container.WaitAsync(WaitCondition.NextExit, CancellationToken.None);
            await container.StartAsync(cancellationToken).ConfigureAwait(false);
            using var terminal = new ForegroundTerminal(
                console.Signals,
                spec.Terminal,
                size => Forget(container.ResizeAsync(size)),
                signal => Forget(container.KillAsync(SignalNames.Of(signal))));
            return await ConnectAsync(attachment, spec, ended).ConfigureAwait(false);
        }
    }

    private static async Task<int> ConnectAsync(ContainerAttachment attachment, ContainerSpec spec, Task<ExitStatus> ended)
    {
        using var stop = new CancellationTokenSource();

        // Reading the input can't be called off: it ends with the process.
        if (attachment.StandardInput is { } input && spec.OpenStdin)
            Forget(ForegroundTerminal.CopyInputAsync(input, detachable: false, stop.Token));
        Stream output = Console.OpenStandardOutput();
        Stream error = Console.OpenStandardError();
        await using (output.ConfigureAwait(false))
        await using (error.ConfigureAwait(false))
        {
            await Task.WhenAll(
                ForegroundTerminal.CopyOutputAsync(attachment.StandardOutput, output),
                ForegroundTerminal.CopyOutputAsync(attachment.StandardError, error)).ConfigureAwait(false);
            ExitStatus status = await ended.ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            return status.ExitCode;
        }
    }

    private static async Task<Container> CreateAsync(ContainerEngine engine, CommandInvocation invocation, ContainerSpec spec, CommandConsole console, CancellationToken cancellationToken)
    {
        string? idFile = invocation.Value("cidfile");
        if (File.Exists(idFile))
            throw new UsageException($"container ID file found, make sure the other container isn't running or delete {idFile}") { Command = invocation.Command };
        await ImageSupply.RequireAsync(engine, invocation, spec.Image, console, cancellationToken).ConfigureAwait(false);
        Container container = await engine.Containers.CreateAsync(spec, cancellationToken).ConfigureAwait(false);
        if (idFile is not null)
            await File.WriteAllTextAsync(idFile, container.Id, cancellationToken).ConfigureAwait(false);
        return container;
    }

    /// <summary>What fails here fails because the container has ended, which is seen elsewhere.</summary>
    private static void Forget(Task task) => task.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
