using ContainerKit.Containers.Processes;
using ContainerKit.Containers.Statistics;
using ContainerKit.Runtime.Processes;
using Xunit;

namespace ContainerKit.Tests.Operations;

/// <summary>What is read from /proc.</summary>
public class ProcessFormatTests
{
    private const string Stat = "42 (a) b( c) S 7 42 42 34817 42 4194560 100 200 3 4 150 50 10 20 20 5 3 0 5000 10485760 256 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0";

    [Theory]
    [InlineData("", "UID PID PPID C STIME TTY TIME CMD")]
    [InlineData("-ef", "UID PID PPID C STIME TTY TIME CMD")]
    [InlineData("ef", "UID PID PPID C STIME TTY TIME CMD")]
    [InlineData("-e -f", "UID PID PPID C STIME TTY TIME CMD")]
    [InlineData("aux", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND")]
    [InlineData("-aux", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND")]
    [InlineData("-o pid,args", "PID COMMAND")]
    [InlineData("-eo pid,pcpu,comm", "PID %CPU COMMAND")]
    [InlineData("-opid", "PID")]
    public void Arguments_of_ps_choose_the_columns(string arguments, string titles)
        => Assert.Equal(titles, string.Join(' ', ProcessFormat.Parse(arguments).Columns.Select(column => column.Title)));

    [Theory]
    [InlineData("--sort=pid")]
    [InlineData("-Z")]
    [InlineData("-o")]
    [InlineData("-o pid,")]
    [InlineData("-o colour")]
    [InlineData("; id")]
    [InlineData("-")]
    public void Other_arguments_are_refused(string arguments)
    {
        if (arguments == "-o pid,")
            Assert.Single(ProcessFormat.Parse(arguments).Columns);
        else
            Assert.Contains("not allowed", Assert.Throws<ArgumentException>(() => ProcessFormat.Parse(arguments)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stat_line_with_a_hostile_name_is_read()
    {
        ProcessStat stat = ProcessStat.Parse(Stat)!;
        Assert.Equal((42, "a) b( c", 'S', 7, 34817), (stat.Pid, stat.Name, stat.State, stat.Parent, stat.Terminal));
        Assert.Equal((150L, 50L, 30L, 5, 3, 5000L, 256L), (stat.UserTicks, stat.SystemTicks, stat.ChildTicks, stat.Nice, stat.Threads, stat.StartTicks, stat.ResidentPages));
        var details = new ProcessDetails(stat, new ProcessSurroundings(TimeProvider.System));
        Assert.Equal(("pts/1", "SNsl+", "00:00:02"), (details.Terminal, details.Status, details.ProcessorTime));
    }

    [Theory]
    [InlineData("")]
    [InlineData("42")]
    [InlineData("42 (x")]
    [InlineData("42 (x)")]
    [InlineData("42 (x) S 1 2")]
    [InlineData(") (")]
    public void A_stat_line_that_is_cut_off_is_nothing(string text) => Assert.Null(ProcessStat.Parse(text));

    [Fact]
    public void This_process_is_found_and_described()
    {
        ContainerProcessList list = ProcessFormat.Parse("-o pid,user,rss,etime,args").Create([Environment.ProcessId, int.MaxValue], TimeProvider.System);
        IReadOnlyList<string> row = Assert.Single(list.Processes);
        Assert.Equal((Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), Environment.UserName), (row[0], row[1]));
        Assert.NotEqual("0", row[2]);
        Assert.Contains("ContainerKit.Tests", row[4], StringComparison.Ordinal);
    }

    [Fact]
    public void Interfaces_are_counted_without_loopback()
    {
        const string Text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:   10       1    0    0    0     0          0         0       10       1    0    0    0     0       0          0
              eth0: 1000      20    3    4    0     0          0         0     2000      30    5    6    0     0       0          0
            eth0:1:    1       2    0    0    0     0          0         0        3       4    0    0    0     0       0          0
            """;
        var interfaces = NetworkCounters.Parse(Text);
        Assert.Equal(["eth0", "eth0:1"], interfaces.Keys);
        Assert.Equal(
            new NetworkInterfaceStats
            {
                Received = new ByteSize(1000),
                ReceivedPackets = 20,
                ReceiveErrors = 3,
                ReceiveDrops = 4,
                Sent = new ByteSize(2000),
                SentPackets = 30,
                SendErrors = 5,
                SendDrops = 6,
            },
            interfaces["eth0"]);
        Assert.Empty(NetworkCounters.Parse("nothing: here"));
    }

    [Fact]
    public void The_machine_is_summed_up()
    {
        MachineUsage machine = MachineUsage.Parse("cpu  1 2 3 4 5 6 7 8 900 900\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nintr 5\n", "MemTotal:        2048 kB\nMemFree: 1 kB\n");
        Assert.Equal((TimeSpan.FromMilliseconds(360), 2, 2048L * 1024), (machine.Processors, machine.OnlineProcessors, machine.MemoryBytes));
    }

    [Fact]
    public void Use_is_compared_with_the_machine()
    {
        var stats = new ProcessorStats { Total = TimeSpan.FromSeconds(3), User = default, Kernel = default, Machine = TimeSpan.FromSeconds(40), OnlineProcessors = 4 };
        Assert.Null(stats.Percent);
        Assert.Equal(50, (stats with { TotalDelta = TimeSpan.FromSeconds(0.5), MachineDelta = TimeSpan.FromSeconds(4) }).Percent);
        Assert.Null((stats with { TotalDelta = TimeSpan.FromSeconds(0.5), MachineDelta = TimeSpan.Zero }).Percent);
    }
}
