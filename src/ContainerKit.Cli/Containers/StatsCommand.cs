using System.Globalization;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;
using ContainerKit.Cli.Terminals;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit stats</c>.</summary>
internal static class StatsCommand
{
    private const int ShortIdLength = 12;

    public static Command Create(CommandConsole console) => new("stats", "Show what containers use, again and again", "[CONTAINER...]")
    {
        Options =
        [
            new("all", 'a', null, "Also those that don't run"), new("format", null, "string", "table, json, or a template"), new("no-stream", null, null, "Once only"),
            new("no-trunc", null, null, "Don't shorten anything"),
        ],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => RunAsync(client, invocation, console, token), token),
    };

    private static async Task RunAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        Listing<Sample> listing = Describe(invocation.IsSet("no-trunc"));
        bool once = invocation.IsSet("no-stream");
        bool redraws = !once && ForegroundTerminal.Size is not null;
        if (redraws)
            await console.Output.WriteAsync("\u001b[2J").ConfigureAwait(false);
        do
        {
            // An engine measures for a second to tell the use of the processor: that is the pace of the table.
            IReadOnlyList<string> names = invocation.Arguments.Count > 0 ? invocation.Arguments : await ListAsync(client, invocation.IsSet("all"), cancellationToken).ConfigureAwait(false);
            Sample?[] samples = await Task.WhenAll(names.Select(name => MeasureAsync(client, name, isWanted: invocation.Arguments.Count > 0 && once, cancellationToken))).ConfigureAwait(false);
            string table = listing.Format(invocation.Value("format"), quiet: false, [.. samples.OfType<Sample>()]);
            await console.Output.WriteAsync(redraws ? $"\u001b[H{table.Replace("\n", "\u001b[K\n", StringComparison.Ordinal)}\u001b[J" : table).ConfigureAwait(false);
            await console.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (!once && names.Count == 0)
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(false);
        }
        while (!once);
    }

    private static async Task<IReadOnlyList<string>> ListAsync(DockerClient client, bool all, CancellationToken cancellationToken)
        => [.. (await client.GetAsync($"/containers/json?all={(all ? 1 : 0)}", cancellationToken).ConfigureAwait(false) as JsonArray ?? []).Select(container => container.Text("Id")!)];

    /// <summary>Null for a container that ended meanwhile, unless it was asked for by its name.</summary>
    private static async Task<Sample?> MeasureAsync(DockerClient client, string name, bool isWanted, CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetAsync($"/containers/{DockerClient.Escape(name)}/stats?stream=0", cancellationToken).ConfigureAwait(false) is { } stats ? new Sample(name, stats) : null;
        }
        catch (DockerErrorException) when (!isWanted)
        {
            return null;
        }
    }

    private static Listing<Sample> Describe(bool isFull) => new(
        sample => sample.Id,
        [
            ("ID", "CONTAINER ID", sample => isFull || sample.Id.Length < ShortIdLength ? sample.Id : sample.Id[..ShortIdLength]),
            ("Name", "NAME", sample => (sample.Stats.Text("name") ?? "").TrimStart('/')),
            ("CPUPerc", "CPU %", sample => Percent(sample.Processor)),
            ("MemUsage", "MEM USAGE / LIMIT", sample => $"{HumanText.BinarySize(sample.Memory)} / {HumanText.BinarySize(sample.MemoryLimit)}"),
            ("MemPerc", "MEM %", sample => Percent(sample.MemoryLimit > 0 ? 100.0 * sample.Memory / sample.MemoryLimit : 0)),
            ("NetIO", "NET I/O", sample => $"{HumanText.ThreeDigits(sample.Received)} / {HumanText.ThreeDigits(sample.Sent)}"),
            ("BlockIO", "BLOCK I/O", sample => $"{HumanText.ThreeDigits(sample.Transfers("read"))} / {HumanText.ThreeDigits(sample.Transfers("write"))}"),
            ("PIDs", "PIDS", sample => (sample.Stats["pids_stats"]).Number("current").ToString(CultureInfo.InvariantCulture)),
        ])
    {
        Further = [("Container", "CONTAINER", sample => sample.Container)],
    };

    private static string Percent(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:F2}%");

    /// <summary>What docker's client makes of the engine's numbers.</summary>
    private sealed record Sample(string Container, JsonNode Stats)
    {
        public string Id => Stats.Text("id") ?? Container;

        public double Processor
        {
            get
            {
                JsonNode? now = Stats["cpu_stats"];
                JsonNode? before = Stats["precpu_stats"];
                double used = (now?["cpu_usage"]).Number("total_usage") - (before?["cpu_usage"]).Number("total_usage");
                double machine = now.Number("system_cpu_usage") - before.Number("system_cpu_usage");
                return used > 0 && machine > 0 ? used / machine * Math.Max(1, now.Number("online_cpus")) * 100 : 0;
            }
        }

        /// <summary>Without the pages of files that the kernel would give away: total_inactive_file in cgroup v1, inactive_file in v2.</summary>
        public long Memory
        {
            get
            {
                JsonNode? memory = Stats["memory_stats"];
                long usage = memory.Number("usage");
                long inactive = (memory?["stats"]).Number("total_inactive_file") is var old and > 0 ? old : (memory?["stats"]).Number("inactive_file");
                return inactive < usage ? usage - inactive : usage;
            }
        }

        public long MemoryLimit => (Stats["memory_stats"]).Number("limit");

        public long Received => Stats.Pairs("networks").Sum(network => network.Value.Number("rx_bytes"));

        public long Sent => Stats.Pairs("networks").Sum(network => network.Value.Number("tx_bytes"));

        public long Transfers(string operation)
            => (Stats["blkio_stats"]).Items("io_service_bytes_recursive").Where(entry => string.Equals(entry.Text("op"), operation, StringComparison.OrdinalIgnoreCase)).Sum(entry => entry.Number("value"));
    }
}
