using System.Net;
using System.Net.Sockets;
using ContainerKit.IntegrationTests.Options;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>Short ways to connect containers.</summary>
public abstract class NetworkTest(BusyboxFixture busybox) : OptionTest(busybox)
{
    private static int s_number;

    private protected ContainerSpec Server(string text, int port = 80)
        => Script($"mkdir -p /www; echo {text} > /www/index.html; exec busybox httpd -f -p {port} -h /www").WithInit();

    /// <summary>
    /// A script that asks a server. A static busybox can't resolve names itself without libraries that are not in the image, so its nslookup does.
    /// </summary>
    private protected static string Fetch(string host, int port = 80)
    {
        string address = IPAddress.TryParse(host, out _) ? host : "$address";
        string resolve = address == host ? "" : $"busybox nslookup {host} 127.0.0.11 > /tmp/names 2> /dev/null && address=$(busybox awk '/^Address/ {{ last = $2 }} END {{ print last }}' /tmp/names) && ";
        return resolve + $"printf 'GET / HTTP/1.0\r\n\r\n' | busybox nc -w 10 {address} {port} > /tmp/answer && busybox tail -n 1 /tmp/answer";
    }

    private protected static string Name() => $"n{Environment.ProcessId}-{Interlocked.Increment(ref s_number)}";

    private protected void RequireNetworks()
        => Assert.SkipUnless(Engine.Networks.IsAvailable, $"missing capability: networks ({Engine.Networks.UnavailableReason})");

    /// <summary>Asks until the server listens: it was started just now.</summary>
    private protected async Task<string> FetchAsync(Container from, string host, int port = 80)
    {
        // One bound for all attempts: asking for the token begins the bound anew, and a server that never listens would be asked for ever.
        CancellationToken bound = Token;
        while (true)
        {
            ExecResult result = await from.ExecAsync(["sh", "-c", Fetch(host, port)], bound);
            if (result.ExitCode == 0)
            {
                return result.StandardOutput.TrimEnd();
            }

            Assert.Contains("refused", result.StandardError, StringComparison.Ordinal);
            await Task.Delay(20, bound);
        }
    }

    /// <summary>Its one place in a network.</summary>
    private protected async Task<NetworkEndpointInfo> EndpointAsync(Container container) => Assert.Single((await container.InspectAsync(Token)).Networks);

    /// <summary>What a name server says about a name: its addresses, the server's own left out.</summary>
    private protected async Task<string[]> ResolveAsync(Container from, string name)
    {
        ExecResult result = await from.ExecAsync(["sh", "-c", $"busybox nslookup {name} 127.0.0.11"], Token);
        return [.. result.StandardOutput.Split('\n').Where(line => line.StartsWith("Address", StringComparison.Ordinal) && !line.Contains("127.0.0.11", StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]).Order(StringComparer.Ordinal)];
    }

    /// <summary>The same from this process; null when nobody answers.</summary>
    private protected async Task<string?> FetchAsync(IPEndPoint server)
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                using TcpClient client = new(server.AddressFamily);
                await client.ConnectAsync(server, Token);
                NetworkStream stream = client.GetStream();
                await stream.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), Token);
                string answer = await new StreamReader(stream).ReadToEndAsync(Token);
                if (answer.Length > 0)
                {
                    return answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].TrimEnd();
                }
            }
            catch (Exception e) when (e is SocketException or IOException && attempt < 199)
            {
                // Not yet, perhaps: the forwarder accepts before the server listens.
            }

            await Task.Delay(20, Token);
        }

        return null;
    }
}
