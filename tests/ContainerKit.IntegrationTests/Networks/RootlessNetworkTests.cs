using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using ContainerKit.IntegrationTests.Options;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>Networks of an engine without root: bridges in a sandbox, ports through this process, the way out through pasta or slirp4netns.</summary>
public sealed class RootlessNetworkTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    private const string Serve = "mkdir -p /www; echo hello > /www/index.html; exec busybox httpd -f -p 80 -h /www";

    [Fact]
    public async Task Containers_reach_each_other_by_name()
    {
        await RequireAsync();
        await using Network network = await Engine.Networks.CreateAsync($"rootless-{Guid.NewGuid():N}", Token);
        await using Container server = await StartAsync(Script(Serve).WithInit().WithNetwork(network, "web"));
        await using Container client = await StartAsync(Script("sleep 1000").WithInit().WithNetwork(network));
        string address = Assert.Single((await server.InspectAsync(Token)).Networks).IPv4Address!.ToString();
        foreach (string name in (string[])["web", server.Name, server.Id[..12], $"web.{network.Name}"])
        {
            Assert.Contains($"Address: {address}\n", await ShellAsync(client, $"busybox nslookup -type=a {name}"), StringComparison.Ordinal);
        }

        Assert.Equal("hello", await FetchAsync(client, address));
        Assert.Contains("nameserver 127.0.0.11", await ShellAsync(client, "cat /etc/resolv.conf"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_published_port_leads_from_this_machine_to_the_container()
    {
        await RequireAsync();
        await using Container server = await StartAsync(Script(Serve).WithInit().WithPort(80));
        IPEndPoint published = server.GetHostEndpoint(80);
        using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{published.Port}/") };
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal("hello\n", await FetchAsync(client));
        }
    }

    [Fact]
    public async Task Containers_reach_this_machine_through_the_way_out()
    {
        await RequireAsync();
        IPAddress? own = FindAddress();
        Assert.SkipWhen(own is null, "missing capability: an address besides loopback");
        await using Container client = await StartAsync(Script("sleep 1000").WithInit());
        Assert.SkipWhen(Engine.Networks.Limitation is not null, $"missing capability: a way out ({Engine.Networks.Limitation})");
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(own!, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;

        // Neither side ends the connection: pasta of early 2023 loses an end now and then that comes after one of the other side.
        const string AskAndWait = "until busybox grep -q answer /tmp/answer 2> /dev/null; do busybox sleep 0.05; done; cat /tmp/answer";
        string ask = $"(echo question; busybox sleep 170) 2> /dev/null | busybox nc {own} {port} > /tmp/answer 2> /dev/null & {AskAndWait}";
        Task<ExecResult> asking = client.ExecAsync(["sh", "-c", ask], Token);
        using Socket server = await listener.AcceptAsync(Token);
        byte[] buffer = new byte[100];
        int count = await server.ReceiveAsync(buffer, Token);
        Assert.Equal("question\n"u8, buffer.AsSpan(0, count));
        await server.SendAsync("answer\n"u8.ToArray(), Token);
        Assert.Equal("answer\n", (await asking).StandardOutput);
    }

    [Fact]
    public async Task What_listens_on_loopback_of_this_machine_stays_out_of_reach()
    {
        await RequireAsync();
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        await using Container client = await StartAsync(Script("sleep 1000").WithInit());
        foreach (string address in (string[])["127.0.0.1", "10.0.2.2"])
        {
            ExecResult refused = await client.ExecAsync(["sh", "-c", $"echo question | busybox nc -w 2 {address} {port}"], Token);
            Assert.NotEqual(0, refused.ExitCode);
        }
    }

    [Fact]
    public async Task Without_a_network_there_is_only_loopback()
    {
        await RequireAsync();
        Assert.Equal("lo\n", await OutputAsync(Script("ls /sys/class/net").WithNetwork(NetworkMode.None)));
    }

    private static IPAddress? FindAddress()
        => NetworkInterface.GetAllNetworkInterfaces()
            .Where(each => each.OperationalStatus == OperationalStatus.Up && each.NetworkInterfaceType != NetworkInterfaceType.Loopback && each.GetIPProperties().GatewayAddresses.Count > 0)
            .SelectMany(each => each.GetIPProperties().UnicastAddresses)
            .Select(each => each.Address)
            .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork);

    private async Task RequireAsync()
    {
        Assert.SkipUnless(Engine.IsRootless, "missing capability: an ordinary user");
        await Engine.Networks.ListAsync(cancellationToken: Token);
        Assert.SkipUnless(Engine.Networks.IsAvailable, $"missing capability: networks ({Engine.Networks.UnavailableReason})");
    }

    /// <summary>By nc and by address: what resolves names in a static busybox loads libraries that a container does not have.</summary>
    private async Task<string> FetchAsync(Container from, string address)
    {
        string script = $"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 20 {address} 80 > /tmp/answer && busybox tail -n 1 /tmp/answer";
        CancellationToken bound = Token;
        while (true)
        {
            ExecResult result = await from.ExecAsync(["sh", "-c", script], bound);
            if (result.ExitCode == 0)
            {
                return result.StandardOutput.TrimEnd();
            }

            Assert.Contains("refused", result.StandardError, StringComparison.Ordinal);
            await Task.Delay(20, bound);
        }
    }

    private async Task<string> FetchAsync(HttpClient client)
    {
        CancellationToken bound = Token;
        while (true)
        {
            try
            {
                return await client.GetStringAsync(new Uri("", UriKind.Relative), bound);
            }
            catch (Exception e) when (e is HttpRequestException or SocketException)
            {
                // The forwarder accepts before the server listens.
                await Task.Delay(20, bound);
            }
        }
    }
}
