using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.Cli.Builds;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Session;
using ContainerKit.Compose;

namespace ContainerKit.Cli.Compose;

/// <summary><c>ckit compose up</c>.</summary>
internal static class UpCommand
{
    public static Command Create(CommandConsole console) => new("up", "Make the project what its file says, and show its output", "[SERVICE...]")
    {
        Options =
        [
            new("detach", 'd', null, "Let it run in the background"),
            new("build", null, null, "Build images anew"),
            new("no-build", null, null, "Build nothing"),
            new("force-recreate", null, null, "Replace containers also when they are as the file says"),
            new("no-recreate", null, null, "Leave containers that are there as they are"),
            new("no-deps", null, null, "Leave the services that others need alone"),
            new("no-start", null, null, "Create only"),
            new("remove-orphans", null, null, "Remove containers of services that are not in the file any more"),
            new("renew-anon-volumes", 'V', null, "Don't hand anonymous volumes on"),
            new("scale", null, "list", "The number of containers of a service, SERVICE=NUMBER"),
            new("timeout", 't', "int", "Seconds until a container that is stopped is killed"),
            new("wait", null, null, "Wait until everything is healthy; implies -d"),
            new("no-log-prefix", null, null, "Lines without the name of their container"),
        ],
        Handler = (invocation, token) => ComposeCommand.WithAsync(invocation, console, project => RunAsync(project, invocation, console, token), token),
    };

    private static async Task<int> RunAsync(ComposeProject project, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        DateTimeOffset begin = TimeProvider.System.GetUtcNow();
        var progress = new ComposeLines(console.Error);
        bool leaves = invocation.IsSet("detach") || invocation.IsSet("wait") || invocation.IsSet("no-start");
        var options = new ComposeUpOptions
        {
            Services = [.. invocation.Arguments],
            Scale = invocation.Values("scale").Select(text => Scale(invocation, text)).ToImmutableSortedDictionary(scale => scale.Service, scale => scale.Count),
            Build = invocation.IsSet("build"),
            NoBuild = invocation.IsSet("no-build"),
            ForceRecreate = invocation.IsSet("force-recreate"),
            NoRecreate = invocation.IsSet("no-recreate"),
            NoDependencies = invocation.IsSet("no-deps"),
            NoStart = invocation.IsSet("no-start"),
            RemoveOrphans = invocation.IsSet("remove-orphans"),
            RenewAnonymousVolumes = invocation.IsSet("renew-anon-volumes"),
            Wait = invocation.IsSet("wait"),
            StopTimeout = ComposeCommand.Timeout(invocation),

            // The next command takes them over, in the foreground as well. Without root a network ends with its engine: in the foreground that is right too.
            Lifetime = leaves || Environment.IsPrivilegedProcess ? ContainerLifetime.Detached : ContainerLifetime.Engine,
            Progress = progress,
            BuildProgress = new BuildLines(new PlainBuildDisplay(console.Error)),
            PullProgress = new TransferLines(console.Error, isPush: false),
        };
        await project.UpAsync(options, cancellationToken).ConfigureAwait(false);
        if (leaves)
            return 0;
        try
        {
            var logs = new ComposeLogOptions { Services = options.Services, Follow = true, Since = begin };
            await LogWriter.WriteAsync(project, logs, console, prefix: !invocation.IsSet("no-log-prefix"), timestamps: false, cancellationToken).ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await project.StopAsync(invocation.Arguments, options.StopTimeout, progress, CancellationToken.None).ConfigureAwait(false);
            return ExitCodes.Interrupted;
        }
    }

    private static (string Service, int Count) Scale(CommandInvocation invocation, string text)
        => text.Split('=', 2) is [var service, var value] && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? (service, count)
            : throw invocation.Invalid("scale", text, "SERVICE=NUMBER is wanted");
}
