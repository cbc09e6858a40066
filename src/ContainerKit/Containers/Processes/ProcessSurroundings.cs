using System.Globalization;
using ContainerKit.Containers.Statistics;
using ContainerKit.Runtime.Processes;

namespace ContainerKit.Containers.Processes;

/// <summary>What is needed to describe processes and is the same for all of them.</summary>
internal sealed class ProcessSurroundings
{
    private readonly Dictionary<string, string> _users = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _bootedAt;

    internal ProcessSurroundings(TimeProvider time)
    {
        Now = time.GetLocalNow();
        MemoryBytes = MachineUsage.Read().MemoryBytes;
        string uptime = File.ReadAllText("/proc/uptime").Split(' ')[0];
        _bootedAt = Now - TimeSpan.FromSeconds(double.Parse(uptime, CultureInfo.InvariantCulture));
        foreach (string[] fields in File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length >= 3))
            _users.TryAdd(fields[2], fields[0]);
    }

    internal DateTimeOffset Now { get; }

    internal long MemoryBytes { get; }

    internal DateTimeOffset StartOf(ProcessStat stat) => _bootedAt + TimeSpan.FromSeconds((double)stat.StartTicks / ProcessStat.TicksPerSecond);

    internal string UserName(string id) => _users.GetValueOrDefault(id, id);
}
