using System.Net.Sockets;
using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Session;

/// <summary>Which failure ends with which exit code: docker's table.</summary>
internal static class ExitCodes
{
    /// <summary>128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>True for failures whose message is for the user; any other is a defect of ours and shows where it happened.</summary>
    public static bool IsExpected(Exception error)
        => error is ContainerKitException or IOException or UnauthorizedAccessException or ArgumentException or FormatException or PlatformNotSupportedException or SocketException;

    public static int Of(Exception error, Command command)
        => error switch
        {
            // The command was not found (127) or may not be executed (126).
            ContainerStartException start => start.ExitCode,
            _ => command.UsageExitCode,
        };
}
