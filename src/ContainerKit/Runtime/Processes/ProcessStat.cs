using System.Globalization;

namespace ContainerKit.Runtime.Processes;

/// <summary>What proc_pid_stat(5) tells of a process.</summary>
internal sealed record ProcessStat
{
    private const int Fields = 24;

    /// <summary>Clock ticks a second in /proc: USER_HZ, 100 on all architectures that .NET runs on.</summary>
    internal const int TicksPerSecond = 100;

    public required int Pid { get; init; }

    /// <summary>The program's name, at most 15 bytes.</summary>
    public required string Name { get; init; }

    public required char State { get; init; }

    public required int Parent { get; init; }

    public required int Session { get; init; }

    public required int ProcessGroup { get; init; }

    /// <summary>Device number of the controlling terminal, 0 for none.</summary>
    public required int Terminal { get; init; }

    public required int ForegroundGroup { get; init; }

    public required long UserTicks { get; init; }

    public required long SystemTicks { get; init; }

    /// <summary>Of children that were waited for.</summary>
    public required long ChildTicks { get; init; }

    public required int Nice { get; init; }

    public required int Threads { get; init; }

    /// <summary>In clock ticks since the machine was booted.</summary>
    public required long StartTicks { get; init; }

    public required long VirtualBytes { get; init; }

    public required long ResidentPages { get; init; }

    /// <summary>True: nothing of it runs any more, though its parent may not know yet. Its memory goes before it becomes a zombie.</summary>
    public bool HasEnded => State is 'Z' or 'X' || VirtualBytes == 0;

    /// <summary>Null when there is no such process (any more).</summary>
    internal static ProcessStat? Read(int pid)
    {
        try
        {
            return Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static ProcessStat? Parse(string text)
    {
        // The name is in parentheses, and may hold blanks and parentheses itself.
        int open = text.IndexOf('(', StringComparison.Ordinal), close = text.LastIndexOf(')');
        if (open < 2 || close < open || close + 2 > text.Length)
            return null;
        string[] fields = text[(close + 2)..].TrimEnd().Split(' ');
        if (fields.Length < Fields - 2)
            return null;
        return new ProcessStat
        {
            Pid = (int)Number(text[..(open - 1)]),
            Name = text[(open + 1)..close],
            State = fields[0].Length > 0 ? fields[0][0] : '?',
            Parent = (int)Field(4),
            ProcessGroup = (int)Field(5),
            Session = (int)Field(6),
            Terminal = (int)Field(7),
            ForegroundGroup = (int)Field(8),
            UserTicks = Field(14),
            SystemTicks = Field(15),
            ChildTicks = Field(16) + Field(17),
            Nice = (int)Field(19),
            Threads = (int)Field(20),
            StartTicks = Field(22),
            VirtualBytes = Field(23),
            ResidentPages = Field(24),
        };

        // Numbers as in the manual page; the third is the first after the name.
        long Field(int number) => Number(fields[number - 3]);
    }

    private static long Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : 0;
}
