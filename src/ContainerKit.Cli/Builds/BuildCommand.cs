using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Builds;

/// <summary><c>ckit build</c>: by the engine of a data root in this process, or by a server, which gets the files.</summary>
internal static class BuildCommand
{
    public static Command Create(CommandConsole console) => new("build", "Make an image by a Dockerfile", "PATH|URL|-")
    {
        MinimumArguments = 1,
        MaximumArguments = 1,
        Options = [.. BuildSettings.Options, new("iidfile", null, "string", "A file that gets the image's id"), new("quiet", 'q', null, "The id only"), BuildDisplay.Option],
        Handler = (invocation, token) => EngineChoice.Find(invocation) is EngineAddress.Local
            ? EngineSession.RunAsync(invocation, engine => RunAsync(invocation, console, (source, display, stop) => BuildHereAsync(engine, invocation, source, display, stop), token), token)
            : ClientSession.RunAsync(invocation, client => RunAsync(invocation, console, (source, display, stop) => ServerBuild.RunAsync(client, invocation, source, display, stop), token), token),
    };

    private static async Task<int> RunAsync(
        CommandInvocation invocation, CommandConsole console, Func<BuildSource, BuildDisplay, CancellationToken, Task<string>> build, CancellationToken cancellationToken)
    {
        try
        {
            BuildDisplay display = BuildDisplay.For(invocation, console.Error);
            string id;
            await using (display.ConfigureAwait(false))
                id = await build(await BuildSource.ReadAsync(invocation, console, cancellationToken).ConfigureAwait(false), display, cancellationToken).ConfigureAwait(false);
            await console.Output.WriteLineAsync(id).ConfigureAwait(false);
            if (invocation.Value("iidfile") is string file)
                await File.WriteAllTextAsync(file, id, cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (BuildException e)
        {
            await console.Error.WriteLineAsync($"ckit: {e.Message}").ConfigureAwait(false);
            return e.ExitCode ?? 1;
        }
    }

    private static async Task<string> BuildHereAsync(ContainerEngine engine, CommandInvocation invocation, BuildSource source, BuildDisplay display, CancellationToken cancellationToken)
    {
        BuildSpec spec = BuildSettings.Read(invocation, source.ToSpec());
        Image image = await engine.Images.BuildAsync(spec, new BuildLines(display), cancellationToken).ConfigureAwait(false);
        return image.Id.ToString();
    }
}
