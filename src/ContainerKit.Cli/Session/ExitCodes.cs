using System.Net.Sockets;
using System.Text.Json;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;

namespace ContainerKit.Cli.Session;

/// <summary>Which failure ends with which exit code: docker's table.</summary>
internal static class ExitCodes
{
    /// <summary>Not the container's exit code, but ours: it could not be made.</summary>
    public const int EngineFailed = 125;

    public const int CommandNotRun = 126;

    public const int CommandNotFound = 127;

    /// <summary>128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>True for failures whose message is for the user; any other is a defect of ours and shows where it happened.</summary>
    public static bool IsExpected(Exception error)
        => error is ContainerKitException or IOException or UnauthorizedAccessException or ArgumentException or FormatException or PlatformNotSupportedException or SocketException or JsonException
            or System.Security.Cryptography.CryptographicException or System.Security.Authentication.AuthenticationException;

    public static int Of(Exception error, Command command)
        => error switch
        {
            // The command was not found (127) or may not be executed (126).
            ContainerStartException start => start.ExitCode,
            ContainerNotStartedException start => start.ExitCode,
            _ => command.UsageExitCode,
        };
}
