using System.Globalization;
using System.Net;
using System.Text.Json;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Linux.Netlink;
using static System.FormattableString;
using CompareOptions = ContainerKit.Benchmarks.Comparison.CompareOptions;

namespace ContainerKit.Benchmarks.Traffic;

/// <summary>
/// The second part of <c>compare net</c>: throughput and latency through published ports, and names, against docker's. In a network namespace of its
/// own, where both engines have the same kernel's way, and neither touches the machine's firewall.
/// </summary>
internal static class TrafficCommand
{
    /// <summary>The command line's word for the process in the namespace.</summary>
    public const string Worker = "net-traffic-worker";

    private static readonly TimeSpan s_names = TimeSpan.FromSeconds(2);

    /// <summary>Starts the process in a namespace of its own and waits for it.</summary>
    public static Task<int> RunAsync(CompareOptions options)
    {
        var unshare = ExternalCommand.Find("unshare") ?? throw new PlatformNotSupportedException("no unshare (apt-get install util-linux)");
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(TrafficCommand).Assembly.Location] : [program];
        using var process = new ExternalCommand(unshare, ["--net", "--", .. self, Worker, options.Runs.ToString(CultureInfo.InvariantCulture), string.Join(',', options.Only)]).Start(captured: false);
        process.StandardInput.Close();
        process.WaitForExit();
        return Task.FromResult(process.ExitCode);
    }

    /// <summary>Measures, and prints the comparison.</summary>
    public static async Task<int> WorkAsync(CompareOptions options, CancellationToken cancellationToken)
    {
        using (RouteSocket routes = RouteSocket.Open())
            routes.Execute(new RouteBatch().ChangeLink(new LinkRequest { Name = "lo", IsUp = true }));
        var workspace = Workspace.Create();
        try
        {
            var archive = await TrafficImage.CreateAsync(workspace, cancellationToken);
            await using ContainerKitTraffic ours = new();
            await using DockerTraffic docker = new();
            Dictionary<ITrafficPeer, TrafficPlaces> places = new()
            {
                [docker] = await docker.StartAsync(workspace, archive, cancellationToken),
                [ours] = await ours.StartAsync(workspace, archive, cancellationToken),
            };
            Dictionary<(string Measure, string Peer), List<double>> results = [];
            for (var round = 0; round < options.Runs; round++)
            {
                // In the other order each time: what comes second finds a warmer machine.
                foreach (var (peer, place) in round % 2 == 0 ? places : places.Reverse())
                {
                    foreach (var (measure, value) in await MeasureAsync(place, options, cancellationToken))
                    {
                        if (!results.TryGetValue((measure, peer.Name), out var values))
                            values = results[(measure, peer.Name)] = [];
                        values.Add(value);
                    }
                }
            }
            Print(results);
            return 0;
        }
        finally
        {
            await workspace.DisposeAsync();
        }
    }

    private static async Task<List<(string Measure, double Value)>> MeasureAsync(TrafficPlaces places, CompareOptions options, CancellationToken cancellationToken)
    {
        List<(string, double)> values = [];
        foreach (var (way, address) in new[] { ("kernel", places.Gateway), ("forwarder", IPAddress.Loopback) })
        {
            await MeasureAsync($"{way}-in-gbit", () => StreamAsync(address, places.StreamPort, reverse: false, cancellationToken));
            await MeasureAsync($"{way}-out-gbit", () => StreamAsync(address, places.StreamPort, reverse: true, cancellationToken));
            await MeasureAsync($"{way}-redis-1-rps", () => RedisAsync(address, places.RedisPort, clients: 1, 10_000, cancellationToken));
            await MeasureAsync($"{way}-redis-50-rps", () => RedisAsync(address, places.RedisPort, clients: 50, 50_000, cancellationToken));
        }
        await MeasureAsync("names-qps", () => NameLoad.MeasureAsync(places.ClientPid, places.KnownName, s_names, cancellationToken));
        return values;

        async Task MeasureAsync(string name, Func<Task<double>> measure)
        {
            if (options.Wants(name))
                values.Add((name, await measure()));
        }
    }

    private static async Task<double> StreamAsync(IPAddress address, int port, bool reverse, CancellationToken cancellationToken)
    {
        var command = new ExternalCommand(ExternalCommand.Find("iperf3")!, "-c", address.ToString(), "-p", Invariant($"{port}"), "-t", "2", "-O", "1", "-J");
        var json = await (reverse ? command.With("-R") : command).CaptureSuccessAsync(cancellationToken);
        using var result = JsonDocument.Parse(json);
        return result.RootElement.GetProperty("end").GetProperty("sum_received").GetProperty("bits_per_second").GetDouble() / 1e9;
    }

    private static async Task<double> RedisAsync(IPAddress address, int port, int clients, int requests, CancellationToken cancellationToken)
    {
        var program = ExternalCommand.Find("redis-benchmark") ?? throw new PlatformNotSupportedException("no redis-benchmark (apt-get install redis-tools)");
        var command = new ExternalCommand(program, "-h", address.ToString(), "-p", Invariant($"{port}"), "-t", "get", "-n", Invariant($"{requests}"), "-c", Invariant($"{clients}"), "--csv");
        var line = (await command.CaptureSuccessAsync(cancellationToken)).Split('\n')[^1];
        return double.Parse(line.Split(',')[1].Trim('"'), CultureInfo.InvariantCulture);
    }

    private static void Print(Dictionary<(string Measure, string Peer), List<double>> results)
    {
        Console.WriteLine();
        Console.WriteLine($"{"measure",-24} {"containerkit",14} {"docker",14}   (medians, ranges)");
        List<string> ratios = [];
        foreach (var measure in results.Keys.Select(key => key.Measure).Distinct())
        {
            var (ours, docker) = (Median(results[(measure, "containerkit")]), Median(results[(measure, "docker")]));
            Console.WriteLine(Invariant($"{measure,-24} {ours,14:F2} {docker,14:F2}   {results[(measure, "containerkit")].Min():F2}..{results[(measure, "containerkit")].Max():F2}, {results[(measure, "docker")].Min():F2}..{results[(measure, "docker")].Max():F2}"));
            ratios.Add(Invariant($"RATIO {measure}-vs-docker {ours / docker:F2}"));
        }
        Console.WriteLine();
        ratios.ForEach(Console.WriteLine);
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
