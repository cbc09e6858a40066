using System.Globalization;

namespace ContainerKit.Containers.Instances;

/// <summary>What a process does with a signal, from proc_pid_status(5).</summary>
internal static class SignalDisposition
{
    /// <summary>
    /// True when the process catches the signal, or blocks it to read it from a signalfd. A first process that does neither never sees it:
    /// the kernel drops
    /// signals without a handler that are sent to it, pid_namespaces(7).
    /// </summary>
    internal static bool IsHandled(int pid, int signal)
    {
        try
        {
            ulong handled = 0;
            foreach (string line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status")))
            {
                if (line.StartsWith("SigBlk:", StringComparison.Ordinal) || line.StartsWith("SigCgt:", StringComparison.Ordinal))
                    handled |= ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            }

            return (handled & (1UL << (signal - 1))) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it has ended, and the pid may be that of somebody who is hidden
        }
    }
}
