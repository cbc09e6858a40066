using System.Globalization;

namespace ContainerKit.Runtime.Processes;

/// <summary>Reads what /proc tells of processes, proc_pid_stat(5).</summary>
internal static class ProcessTable
{
    private const int StartTimeField = 22;

    /// <summary>The identity of a running process; null when there is none with this pid.</summary>
    internal static ProcessIdentity? Find(int pid)
    {
        string text;
        try
        {
            text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended; or the pid is somebody else's by now, who is hidden, proc(5), hidepid=1.
            return null;
        }

        // The second field is the program's name in parentheses, which may hold blanks and parentheses.
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessIdentity(pid, long.Parse(fields[StartTimeField - 3], CultureInfo.InvariantCulture));
    }
}
