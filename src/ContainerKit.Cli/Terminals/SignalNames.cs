using System.Runtime.InteropServices;

namespace ContainerKit.Cli.Terminals;

/// <summary>Signals of this process by the names that containers get them by.</summary>
internal static class SignalNames
{
    public static string Of(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGINT => "SIGINT",
        PosixSignal.SIGHUP => "SIGHUP",
        PosixSignal.SIGQUIT => "SIGQUIT",
        _ => "SIGTERM",
    };
}
