using System.Net;
using System.Net.Sockets;
using System.Text;
using ContainerKit.IntegrationTests.Programs;
using ContainerKit.IntegrationTests.RoundTrips;
using ContainerKit.Linux.Netlink;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>
/// A process in a network namespace of its own, with a dockerd and an engine side by side there; <see cref="CoexistenceTests"/> starts it. So neither
/// touches the firewall of the machine.
/// </summary>
internal static class CoexistenceWorker
{
    /// <summary>The environment variable that makes the test program this process; its value is a directory with a short path.</summary>
    internal const string Variable = "CONTAINERKIT_COEXISTENCE";

    private static readonly string[] s_serve = ["sh", "-c", "mkdir -p /www; echo $0 > /www/index.html; exec busybox httpd -f -p 80 -h /www"];

    internal static async Task<int> RunAsync(string home)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(8));
        try
        {
            using (RouteSocket routes = RouteSocket.Open())
            {
                routes.Execute(new RouteBatch().ChangeLink(new LinkRequest { Name = "lo", IsUp = true }));
            }

            await using DockerDaemon docker = await DockerDaemon.StartAsync(home, limit.Token, usesBridge: true);
            await CheckAsync(home, docker.Client, limit.Token);
            Console.WriteLine("both work");
            return 0;
        }
        catch (Xunit.Sdk.SkipException e)
        {
            Console.WriteLine(e.Message);
            return 2;
        }
    }

    private static async Task CheckAsync(string home, Peer docker, CancellationToken token)
    {
        // What README says for a machine with dockerd: its FORWARD chain drops what no rule of its own lets pass.
        string iptables = Capability.Find("iptables")!;
        foreach (string option in new[] { "-i", "-o" })
        {
            await Capability.RunAsync(iptables, ["-I", "DOCKER-USER", option, "ck-+", "-j", "ACCEPT"], token);
        }

        string archive = Path.Combine(home, "busybox.tar");
        await File.WriteAllBytesAsync(archive, BusyboxFixture.CreateArchive(), token);
        await docker.RunAsync(token, "import", archive, "busybox");
        await docker.RunAsync(token, ["run", "--detach", "--name", "theirs", "--publish", "8001:80", "busybox", .. s_serve, "theirs"]);
        string theirs = (await docker.RunAsync(token, "inspect", "--format", "{{.NetworkSettings.IPAddress}}", "theirs")).Trim();
        string theirGateway = (await docker.RunAsync(token, "inspect", "--format", "{{.NetworkSettings.Gateway}}", "theirs")).Trim();
        await FetchAsync(theirs, 80, "theirs", token);
        await FetchAsync(theirGateway, 8001, "theirs", token);
        await using (ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(home, "engine") }, token))
        {
            Image image = await engine.Images.ImportAsync(archive, cancellationToken: token);
            await using Network network = await engine.Networks.CreateAsync("side", token);
            ContainerSpec spec = ContainerSpec.FromImage(image).WithInit().WithStopTimeout(TimeSpan.Zero);
            await using Container ours = await engine.Containers.StartAsync(spec.WithCommand([.. s_serve, "ours"]).WithNetwork(network, "web").WithPort(80, 8002), token);
            await using Container client = await engine.Containers.StartAsync(spec.WithCommand("sleep", "10000").WithNetwork(network), token);
            NetworkEndpointInfo place = (await ours.InspectAsync(token)).Networks[0];

            // Theirs goes on, ours works, by every way; and containers of each by published ports of the other.
            for (int round = 0; round < 2; round++)
            {
                foreach ((string address, int port, string expected) in new[]
                {
                    (theirs, 80, "theirs"), (theirGateway, 8001, "theirs"), ("127.0.0.1", 8001, "theirs"),
                    (place.IPv4Address!.ToString(), 80, "ours"), (place.IPv4Gateway!.ToString(), 8002, "ours"), ("127.0.0.1", 8002, "ours"),
                })
                {
                    await FetchAsync(address, port, expected, token);
                }

                string ask = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 60 $0 $1 | busybox tail -n 1";
                await ExpectAsync("ours\n", async () => (await client.ExecAsync(["sh", "-c", ask, place.IPv4Address.ToString(), "80"], token)).StandardOutput);
                await ExpectAsync("theirs\n", async () => (await client.ExecAsync(["sh", "-c", ask, place.IPv4Gateway.ToString(), "8001"], token)).StandardOutput);
                await ExpectAsync("ours\n", () => docker.RunAsync(token, "exec", "theirs", "sh", "-c", ask, theirGateway, "8002"));
                string known = (await client.ExecAsync(["busybox", "nslookup", "web", "127.0.0.11"], token)).StandardOutput;
                await ExpectAsync("found", () => Task.FromResult(known.Split('\n').Contains($"Address: {place.IPv4Address}") ? "found" : known));

                await docker.RunAsync(token, "restart", "--time", "0", "theirs");
                await FetchAsync(theirGateway, 8001, "theirs", token);
            }
        }

        // Ours is gone without a trace, theirs goes on.
        using FilterSocket filters = FilterSocket.Open();
        await ExpectAsync("", () => Task.FromResult(string.Join(' ', new[] { FilterFamily.Inet, FilterFamily.Bridge }.SelectMany(filters.ListTables).Where(table => table.StartsWith("containerkit", StringComparison.Ordinal)))));
        using RouteSocket links = RouteSocket.Open();
        await ExpectAsync("", () => Task.FromResult(string.Join(' ', links.ListLinks().Select(link => link.Name).Where(link => link.StartsWith("ck", StringComparison.Ordinal)))));
        await FetchAsync(theirGateway, 8001, "theirs", token);
    }

    private static async Task ExpectAsync(string expected, Func<Task<string>> get)
    {
        string actual = await get();
        if (actual.TrimEnd() != expected.TrimEnd())
        {
            throw new InvalidOperationException($"expected '{expected}', got '{actual}'");
        }
    }

    /// <summary>Asks until somebody answers; the server was started just now.</summary>
    private static async Task FetchAsync(string address, int port, string expected, CancellationToken token)
    {
        while (true)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Parse(address), port, token);
                NetworkStream stream = client.GetStream();
                await stream.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), token);
                string answer = await new StreamReader(stream, Encoding.ASCII).ReadToEndAsync(token);
                if (answer.TrimEnd().EndsWith("\n" + expected, StringComparison.Ordinal))
                {
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // Not yet.
            }
            catch (OperationCanceledException e)
            {
                throw new InvalidOperationException($"{expected} is not reached at {address}:{port}", e);
            }

            await Task.Delay(50, token);
        }
    }
}
