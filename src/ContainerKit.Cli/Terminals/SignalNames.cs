using System.Runtime.InteropServices;

namespace ContainerKit.Cli.Terminals;

/// <summary>Signals of this process by the names that containers get them by.</summary>
internal static class SignalNames
{
    /// <summary>Those that .NET has no name for, by their numbers, signal(7).</summary>
    public static PosixSignal User1 => (PosixSignal)10;

    public static PosixSignal User2 => (PosixSignal)12;

    public static string Of(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGINT => "SIGINT",
        PosixSignal.SIGHUP => "SIGHUP",
        PosixSignal.SIGQUIT => "SIGQUIT",
        _ when signal == User1 => "SIGUSR1",
        _ when signal == User2 => "SIGUSR2",
        _ => "SIGTERM",
    };
}
