using System.Net.Sockets;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Engines;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using Microsoft.Extensions.Logging;

namespace ContainerKit.Cli.Serve;

/// <summary>
/// The server that commands start for what goes on behind them, such as <c>run -d</c>: restart policies, health checks, the end of containers with
/// <c>--rm</c>. It ends by itself when no container runs and nobody talks to it.
/// </summary>
internal static class DataRootServeCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    /// <summary>Long enough for the next command of somebody who types, short enough not to be noticed.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The same in the words of the flag, for those who start it by a command.</summary>
    private const string IdleTimeoutVariable = "CKIT_IDLE_TIMEOUT";

    public static Command Create(TextWriter output) => new(BackgroundServer.CommandName, "Serve a data root until there is nothing left to do")
    {
        IsHidden = true,
        MaximumArguments = 0,
        Options = [new(EngineChoice.DataRootOption, null, "string", "The directory of images and containers"), new("idle-timeout", null, "duration", "How long it waits for more to do")],
        Handler = (invocation, token) => RunAsync(invocation, output, token),
    };

    private static async Task<int> RunAsync(CommandInvocation invocation, TextWriter output, CancellationToken cancellationToken)
    {
        BackgroundProcess.LeaveSession();
        var server = new DataRootServer(invocation.Value(EngineChoice.DataRootOption));
        IDisposable? claim;
        while ((claim = server.TryClaim()) is null)
        {
            if (await AnswersAsync(server, cancellationToken).ConfigureAwait(false))
            {
                await output.WriteLineAsync(BackgroundServer.ReadyLine).ConfigureAwait(false);
                return 0;
            }

            // Another one is about to listen, or about to end.
            await Task.Delay(Patience, cancellationToken).ConfigureAwait(false);
        }

        using (claim)
        {
            // What .NET calls the console has copies of its descriptors: it is told apart from them.
            var log = new FileStream(server.LogFile, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            await using var closesLog = log.ConfigureAwait(false);
            var lines = TextWriter.Synchronized(new StreamWriter(log) { AutoFlush = true });
            Console.SetOut(lines);
            Console.SetError(lines);
            var options = new ServeOptions
            {
                Hosts = [server.Address.ToString()!],
                DataRoot = server.DataRoot,
                IsBackground = true,
                IdleTimeout = DurationText.Read(invocation, "idle-timeout") ?? DurationText.TryParse(Environment.GetEnvironmentVariable(IdleTimeoutVariable) ?? "") ?? IdleTimeout,
                ShutdownTimeout = TimeSpan.FromSeconds(15),
                NotifySocket = null,
                LogLevel = LogLevel.Information,
                Listening = async () =>
                {
                    await output.WriteLineAsync(BackgroundServer.ReadyLine).ConfigureAwait(false);
                    await output.FlushAsync(cancellationToken).ConfigureAwait(false);
                    BackgroundProcess.RedirectOutput(new FileDescriptor((int)log.SafeFileHandle.DangerousGetHandle(), ownsDescriptor: false));
                },
            };
            return await new ServeHost(options, lines).RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> AnswersAsync(DataRootServer server, CancellationToken cancellationToken)
    {
        if (!server.MayRun)
            return false;
        try
        {
            await using ((await server.Address.ConnectAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false))
                return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
