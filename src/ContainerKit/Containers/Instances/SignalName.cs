using System.Collections.Frozen;
using System.Globalization;

namespace ContainerKit.Containers.Instances;

/// <summary>Signals by name or number, signal(7); the numbers are those of x86-64 and arm64.</summary>
internal static class SignalName
{
    internal const int Kill = 9;
    internal const int Terminate = 15;

    private const int Last = 64;

    /// <summary>What glibc leaves of the kernel's real-time signals.</summary>
    private const int RealTimeMinimum = 34;

    /// <summary>From number 1 on.</summary>
    private static readonly string[] Standard =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    private static readonly FrozenDictionary<string, int> Numbers = Standard.Select((name, index) => (name, index + 1))
        .Concat([("IOT", 6), ("CLD", 17), ("POLL", 29), ("RTMIN", RealTimeMinimum), ("RTMAX", Last)])
        .ToFrozenDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads <c>SIGTERM</c>, <c>term</c>, <c>15</c>, <c>SIGRTMIN+3</c> and <c>RTMAX-1</c>.</summary>
    internal static bool TryParse(string text, out int signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal))
            return signal is > 0 and <= Last;
        string name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        int offsetAt = name.AsSpan().IndexOfAny('+', '-');
        if (offsetAt < 0)
            return Numbers.TryGetValue(name, out signal);
        return name.StartsWith("RTM", StringComparison.OrdinalIgnoreCase)
            && Numbers.TryGetValue(name[..offsetAt], out signal)
            && int.TryParse(name.AsSpan(offsetAt), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int offset)
            && (signal += offset) is >= RealTimeMinimum and <= Last;
    }

    internal static int Parse(string text, string option)
        => TryParse(text, out int signal)
            ? signal
            : throw new ArgumentException($"{option} '{text}' is not a signal: expected a name such as SIGTERM or TERM, SIGRTMIN+n, or a number from 1 to 64.");
}
