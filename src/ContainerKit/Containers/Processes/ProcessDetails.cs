using System.Globalization;
using System.Text;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Containers.Processes;

/// <summary>A process as ps(1) describes it.</summary>
internal sealed class ProcessDetails(ProcessStat stat, ProcessSurroundings surroundings)
{
    /// <summary>A command line may be as long as ARG_MAX allows; nobody reads more than this.</summary>
    private const int MaximumCommandLine = 32 * 1024;

    internal ProcessStat Stat => stat;

    internal long ResidentBytes => stat.ResidentPages * Environment.SystemPageSize;

    internal double MemoryPercent => surroundings.MemoryBytes == 0 ? 0 : ResidentBytes * 100.0 / surroundings.MemoryBytes;

    /// <summary>Processor time in per cent of the time since it was started.</summary>
    internal double ProcessorPercent
    {
        get
        {
            double age = Age.TotalSeconds;
            return age <= 0 ? 0 : (stat.UserTicks + stat.SystemTicks) * 100.0 / ProcessStat.TicksPerSecond / age;
        }
    }

    /// <summary>The name of its owner on the host, or the number.</summary>
    internal string User
    {
        get
        {
            foreach (string line in ReadLines("status"))
            {
                // Real, effective, saved and file system id.
                if (line.StartsWith("Uid:", StringComparison.Ordinal) && line.Split('\t') is [_, _, var effective, ..])
                    return surroundings.UserName(effective);
            }

            return "?";
        }
    }

    internal string Terminal
    {
        get
        {
            int major = (stat.Terminal >> 8) & 0xFFF, minor = (stat.Terminal & 0xFF) | ((stat.Terminal >> 12) & 0xFFF00);
            return major switch
            {
                // Documentation/admin-guide/devices.txt: 136 to 143 are Unix98 terminals, 256 of them each.
                >= 136 and <= 143 => string.Create(CultureInfo.InvariantCulture, $"pts/{((major - 136) << 8) + minor}"),
                4 when minor < 64 => string.Create(CultureInfo.InvariantCulture, $"tty{minor}"),
                4 => string.Create(CultureInfo.InvariantCulture, $"ttyS{minor - 64}"),
                _ => "?",
            };
        }
    }

    internal string Status
    {
        get
        {
            StringBuilder text = new(stat.State.ToString());
            if (stat.Nice != 0)
                text.Append(stat.Nice < 0 ? '<' : 'N');
            if (stat.Session == stat.Pid)
                text.Append('s');
            if (stat.Threads > 1)
                text.Append('l');
            if (stat.ForegroundGroup == stat.ProcessGroup)
                text.Append('+');
            return text.ToString();
        }
    }

    internal string StartedAt
    {
        get
        {
            DateTimeOffset start = surroundings.StartOf(stat);
            string format = surroundings.Now - start < TimeSpan.FromDays(1) ? "HH:mm" : start.Year == surroundings.Now.Year ? "MMMdd" : "yyyy";
            return start.ToString(format, CultureInfo.InvariantCulture);
        }
    }

    internal string ProcessorTime => Clock(TimeSpan.FromSeconds((stat.UserTicks + stat.SystemTicks) / ProcessStat.TicksPerSecond), hours: true);

    internal string Elapsed => Clock(Age, hours: false);

    /// <summary>The arguments; the program's name in brackets where it has none.</summary>
    internal string CommandLine
    {
        get
        {
            byte[] buffer = new byte[MaximumCommandLine];
            int length = 0;
            try
            {
                using var file = File.OpenHandle(string.Create(CultureInfo.InvariantCulture, $"/proc/{stat.Pid}/cmdline"));
                length = RandomAccess.Read(file, buffer, 0);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is somebody else's: its name is known.
            }

            string text = Encoding.UTF8.GetString(buffer, 0, length).TrimEnd('\0').Replace('\0', ' ');

            // What a container's process calls itself is printed on terminals: no escape sequences.
            return text.Length == 0 ? $"[{stat.Name}]" : string.Concat(text.Select(character => char.IsControl(character) ? '?' : character));
        }
    }

    private TimeSpan Age => surroundings.Now - surroundings.StartOf(stat);

    private string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{stat.Pid}/{file}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>[days-]hours:minutes:seconds; without hours that are not needed where ps leaves them out.</summary>
    private static string Clock(TimeSpan time, bool hours)
    {
        string rest = hours || time >= TimeSpan.FromHours(1) ? time.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture) : time.ToString(@"mm\:ss", CultureInfo.InvariantCulture);
        return time.Days > 0 ? string.Create(CultureInfo.InvariantCulture, $"{time.Days}-{rest}") : rest;
    }
}
