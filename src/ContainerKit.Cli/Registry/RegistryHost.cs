using ContainerKit.Cli.Serve;
using ContainerKit.Cli.Session;
using ContainerKit.RegistryServer;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Cli.Registry;

/// <summary>A registry that is served until it is told to end.</summary>
internal sealed partial class RegistryHost(OciRegistryServerOptions options, LogLevel level, CommandConsole console)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using ILoggerFactory loggers = ServeLogging.Create(level);
        ILogger logger = loggers.CreateLogger("ckit");
        var notifier = new ServiceNotifier(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));
        OciRegistryServer server = await OciRegistryServer.StartAsync(options with { Registry = options.Registry with { LoggerFactory = loggers } }, cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            foreach (Uri address in server.Addresses)
                Listening(logger, address);
            if (options.AllowUnauthenticatedAccess)
                await console.Error.WriteLineAsync("WARNING: whoever reaches this server may pull, and push and delete unless a rule says otherwise.").ConfigureAwait(false);
            await notifier.SendAsync(cancellationToken, ServiceNotifier.Ready, $"STATUS=Serving {options.Registry.StorageDirectory} at {string.Join(' ', server.Addresses)}").ConfigureAwait(false);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Ending(logger);
            await notifier.SendAsync(CancellationToken.None, ServiceNotifier.Stopping).ConfigureAwait(false);
        }

        return 0;
    }

    [LoggerMessage(20, LogLevel.Information, "Listening at {Address}")]
    private static partial void Listening(ILogger logger, Uri address);

    [LoggerMessage(21, LogLevel.Information, "Ending")]
    private static partial void Ending(ILogger logger);
}
