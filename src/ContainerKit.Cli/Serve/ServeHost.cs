using System.Globalization;
using System.Runtime.InteropServices;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Session;
using ContainerKit.DockerApi;
using ContainerKit.Oci;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Cli.Serve;

/// <summary>An engine with its server, until it is told to end.</summary>
internal sealed partial class ServeHost(ServeOptions options, TextWriter error, ProcessSignals? signals = null)
{
    private const string ActivatedSockets = "fd://";

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using ILoggerFactory loggers = ServeLogging.Create(options.LogLevel);
        ILogger logger = loggers.CreateLogger("ckit");
        string[] hosts = ResolveHosts(SocketActivation.Take(Environment.GetEnvironmentVariable, name => Environment.SetEnvironmentVariable(name, null), Environment.ProcessId));
        var notifier = new ServiceNotifier(options.NotifySocket);
        var engineOptions = new EngineOptions
        {
            DataRoot = options.DataRoot,
            Registries = options.Registries with { LoggerFactory = loggers },
            StartContainers = true,
            ShutdownTimeout = options.ShutdownTimeout,
            LoggerFactory = loggers,
        };
        ContainerEngine engine = await ContainerEngine.OpenAsync(engineOptions, cancellationToken).ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        {
            // Commands on the data root find the server there, whatever other addresses it has.
            var dataRoot = new DataRootServer(engine.DataRoot);
            using IDisposable? claim = !options.IsBackground && dataRoot.CanListen ? dataRoot.TryClaim() : null;
            if (claim is not null)
                hosts = [.. hosts.Append(dataRoot.Address.ToString()!).Distinct()];
            var apiOptions = new DockerApiOptions
            {
                Hosts = hosts,
                SocketGroup = options.Group,
                Tls = options.Tls,
                AllowUnauthenticatedTcp = options.AllowUnauthenticatedTcp,
                LoggerFactory = loggers,
            };
            DockerApiServer server = await DockerApiServer.StartAsync(engine, apiOptions, cancellationToken).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
            {
                foreach (string address in server.Addresses)
                    Listening(logger, address);
                if (options.Listening is { } listening)
                    await listening().ConfigureAwait(false);
                if (options.AllowUnauthenticatedTcp)
                    await error.WriteLineAsync("WARNING: whoever reaches a TCP port of this server has the rights of its user.").ConfigureAwait(false);

                // Who is told that it is ready may send a signal at once.
                Task end = options.IsBackground
                    ? new IdleWatch(engine, server, options.IdleTimeout, TimeProvider.System).WaitAsync(cancellationToken)
                    : WaitForEndAsync(engine, logger, cancellationToken);
                if (!await notifier.SendAsync(cancellationToken, ServiceNotifier.Ready, $"STATUS=Serving {engine.DataRoot} at {string.Join(' ', server.Addresses)}").ConfigureAwait(false))
                    NotNotified(logger, options.NotifySocket!);
                try
                {
                    await end.ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    // That is how it is asked to end; whatever else it is has to be told.
                }

                Ending(logger);
                _ = await notifier.SendAsync(CancellationToken.None, ServiceNotifier.Stopping).ConfigureAwait(false);
            }
        }

        return 0;
    }

    private async Task WaitForEndAsync(ContainerEngine engine, ILogger logger, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (signals is not null && options.ReloadRegistries is { } reload)
        {
            signals.Forward(signal =>
            {
                try
                {
                    if (signal == PosixSignal.SIGHUP)
                        Reload(engine, reload, logger);
                    else
                        end.Cancel();
                }
                catch (ObjectDisposedException)
                {
                    // It ends already.
                }

                return true;
            });
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // A second one has its usual effect.
        signals?.Forward(null);
    }

    /// <summary>What can't be used changes nothing: a server does not end because of a comma.</summary>
    internal static void Reload(ContainerEngine engine, Func<RegistryClientOptions> read, ILogger logger)
    {
        try
        {
            engine.SetRegistries(read());
            Reloaded(logger);
        }
        catch (UsageException e)
        {
            NotReloaded(logger, e.Message);
        }
    }

    /// <summary>Puts the descriptors in the place of <c>fd://</c>.</summary>
    private string[] ResolveHosts(IReadOnlyList<int> descriptors)
    {
        string[] activated = [.. descriptors.Select(descriptor => string.Create(CultureInfo.InvariantCulture, $"{ActivatedSockets}{descriptor}"))];
        if (options.Hosts.Count == 0)
            return activated.Length > 0 ? activated : [ServeOptions.DefaultHost];
        if (options.Hosts.Contains(ActivatedSockets) && activated.Length == 0)
            throw new IOException("--host fd:// means sockets that a service manager hands over, and there are none: start the server by its socket unit, or give an address.");
        return [.. options.Hosts.SelectMany(host => host == ActivatedSockets ? activated : [host])];
    }

    [LoggerMessage(1, LogLevel.Information, "Listening at {Address}")]
    private static partial void Listening(ILogger logger, string address);

    [LoggerMessage(2, LogLevel.Information, "Ending")]
    private static partial void Ending(ILogger logger);

    [LoggerMessage(3, LogLevel.Information, "The settings of registries were read again")]
    private static partial void Reloaded(ILogger logger);

    [LoggerMessage(4, LogLevel.Error, "Registries are as before: {Reason}")]
    private static partial void NotReloaded(ILogger logger, string reason);

    [LoggerMessage(5, LogLevel.Warning, "The service manager can't be told that the server is ready: nobody listens at {Socket}, which is in NOTIFY_SOCKET")]
    private static partial void NotNotified(ILogger logger, string socket);
}
