using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Networks;

/// <summary>Servers of a Debian image, and clients on this machine and in other containers: by name, by published port, by IPv4 and IPv6.</summary>
[Collection(DebianCollection.Name)]
public sealed class ServerTests(DebianFixture debian) : IDisposable
{
    /// <summary>Raises the number of short connections.</summary>
    private const string ConnectionsVariable = "CONTAINERKIT_STRESS_CONNECTIONS";

    /// <summary>Raises the number of bytes in each direction.</summary>
    private const string BytesVariable = "CONTAINERKIT_STRESS_BYTES";

    private const int AtOnce = 32;
    private const int BlockLength = 1 << 20;

    private const string Nginx = """
        mkdir -p /www /tmp/n; echo nginx here > /www/index.html
        printf 'daemon off; master_process off; pid /tmp/n/pid; error_log stderr; events { worker_connections 512; }
        http { access_log off; client_body_temp_path /tmp/n/b; proxy_temp_path /tmp/n/p; fastcgi_temp_path /tmp/n/f; uwsgi_temp_path /tmp/n/u; scgi_temp_path /tmp/n/s;
        server { listen 80; listen [::]:80; root /www; } }' > /tmp/n/conf
        nginx -t -c /tmp/n/conf 2> /dev/null; echo configured; exec nginx -c /tmp/n/conf
        """;

    private const string Postgres = """
        export PATH=/usr/lib/postgresql/15/bin:$PATH
        initdb --no-sync -A trust -D /var/lib/postgresql/test > /tmp/initdb.log || { cat /tmp/initdb.log >&2; exit 1; }
        echo 'host all all all trust' >> /var/lib/postgresql/test/pg_hba.conf
        exec postgres -D /var/lib/postgresql/test -c listen_addresses='*'
        """;

    /// <summary>Takes a length and so many bytes, answers with their SHA-256, and sends as many of a block that repeats itself.</summary>
    private const string Pump = """
        import hashlib, socket, struct
        s = socket.create_server(('::', 7000), family=socket.AF_INET6, dualstack_ipv6=True)
        print('listening', flush=True)
        def read(c, n):
            b = b''
            while len(b) < n:
                b += c.recv(n - len(b))
            return b
        while True:
            c, _ = s.accept()
            n = struct.unpack('>Q', read(c, 8))[0]
            h, left = hashlib.sha256(), n
            while left:
                b = c.recv(min(left, 1 << 20))
                if not b: break
                h.update(b); left -= len(b)
            c.sendall(h.digest())
            block, left = bytes((i * 7 + (i >> 8)) & 255 for i in range(1 << 20)), n
            while left:
                c.sendall(block[:min(left, len(block))]); left -= min(left, len(block))
            c.close()
        """;

    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private CancellationToken Token => _limit.Token;

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task Redis_nginx_and_postgres_serve_containers_by_name_and_this_machine_by_port()
    {
        // nginx gives its directories to a user of its own, and postgres refuses to run as root.
        debian.RequireUsers();
        await using Network network = await MakeNetworkAsync();
        await using Container redis = await debian.StartServerAsync(debian.Spec("redis-server", "--protected-mode", "no").WithNetwork(network, "redis").WithPort(6379), "Ready to accept connections");
        await using Container nginx = await debian.StartServerAsync(debian.Spec("sh", "-c", Nginx).WithNetwork(network, "nginx").WithPort(80), "configured");
        await using Container postgres = await debian.StartServerAsync(debian.Spec("sh", "-c", Postgres).WithUser("postgres").WithNetwork(network, "postgres").WithPort(5432), "database system is ready to accept connections");
        await using Container client = await debian.Engine.Containers.StartAsync(debian.Spec("sleep", "1000").WithInit().WithNetwork(network), Token);
        NetworkEndpointInfo place = (await client.InspectAsync(Token)).Networks[0];

        const string Fetch = "import sys, time, urllib.request\nfor i in range(600):\n  try: print(urllib.request.urlopen(sys.argv[1], timeout=60).read().decode(), end=''); break\n  except OSError: time.sleep(0.1)";
        foreach (string host in new[] { "nginx", $"[{await AddressAsync(nginx, six: true)}]", await AddressAsync(nginx, six: false) })
        {
            Assert.Equal("nginx here\n", await ExecAsync(client, "python3", "-c", Fetch, $"http://{host}/"));
        }

        foreach (string host in new[] { "redis", await AddressAsync(redis, six: true), await AddressAsync(redis, six: false) })
        {
            Assert.Equal("PONG\n", await ExecAsync(client, "redis-cli", "-h", host, "ping"));
        }

        // By the ports of this machine, too, at the network's gateway.
        foreach (string gateway in new[] { place.IPv4Gateway!.ToString(), place.IPv6Gateway!.ToString() })
        {
            Assert.Equal("PONG\n", await ExecAsync(client, "redis-cli", "-h", gateway, "-p", Port(redis, 6379), "ping"));
        }

        foreach (IPAddress loopback in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            Assert.StartsWith("+PONG", await AskAsync(new IPEndPoint(loopback, redis.GetHostEndpoint(6379).Port), "PING\r\nQUIT\r\n"), StringComparison.Ordinal);
            Assert.EndsWith("nginx here\n", await AskAsync(new IPEndPoint(loopback, nginx.GetHostEndpoint(80).Port), "GET / HTTP/1.0\r\n\r\n"), StringComparison.Ordinal);
        }

        foreach ((string host, string port) in new[] { ("postgres", "5432"), (await AddressAsync(postgres, six: true), "5432"), (place.IPv4Gateway.ToString(), Port(postgres, 5432)), (place.IPv6Gateway.ToString(), Port(postgres, 5432)) })
        {
            Assert.Equal("5050\n", await ExecAsync(client, "psql", "-h", host, "-p", port, "-U", "postgres", "-Atc", "select sum(g) from generate_series(1, 100) g"));
        }

        // A request for encryption is answered by one letter: there is none.
        Assert.Equal("N", await AskAsync(new IPEndPoint(IPAddress.IPv6Loopback, postgres.GetHostEndpoint(5432).Port), "\0\0\0\b\u0004\u00d2\u0016\u002f", answer: 1));
    }

    [Fact]
    public async Task No_short_connection_is_lost()
    {
        int count = Number(ConnectionsVariable, 400);
        _limit.CancelAfter(TimeSpan.FromMinutes(5) + TimeSpan.FromMilliseconds(20 * count));
        await using Network network = await MakeNetworkAsync();
        await using Container redis = await debian.StartServerAsync(debian.Spec("redis-server", "--protected-mode", "no", "--tcp-backlog", "4096").WithNetwork(network).WithPort(6379), "Ready to accept connections");
        NetworkEndpointInfo place = (await redis.InspectAsync(Token)).Networks[0];
        int port = redis.GetHostEndpoint(6379).Port;

        // The forwarder, and for root the kernel's way.
        IPAddress[] addresses = debian.Engine.IsRootless ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback, IPAddress.IPv6Loopback, place.IPv4Gateway!, place.IPv6Gateway!];
        int answers = 0;
        foreach (IPAddress address in addresses)
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, count / addresses.Length), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Token }, async (_, _) =>
            {
                Assert.Equal("+PONG\r\n", await AskAsync(new IPEndPoint(address, port), "PING\r\n", answer: 7));
                Interlocked.Increment(ref answers);
            });
        }

        Assert.Equal(count / addresses.Length * addresses.Length, answers);
    }

    [Fact]
    public async Task Every_byte_arrives_in_both_directions()
    {
        long length = Number(BytesVariable, 8 * BlockLength);
        _limit.CancelAfter(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(length / (4 * BlockLength)));
        await using Network network = await MakeNetworkAsync();
        await using Container server = await debian.StartServerAsync(debian.Spec("python3", "-c", Pump).WithNetwork(network).WithPort(7000), "listening");
        NetworkEndpointInfo place = (await server.InspectAsync(Token)).Networks[0];
        int port = server.GetHostEndpoint(7000).Port;
        await PumpAsync(new IPEndPoint(IPAddress.Loopback, port), length);
        if (!debian.Engine.IsRootless)
        {
            await PumpAsync(new IPEndPoint(place.IPv4Gateway!, port), length);
            await PumpAsync(new IPEndPoint(place.IPv6Gateway!, port), length + 1);
        }
    }

    private static int Number(string variable, int usual) => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int asked) ? asked : usual;

    private static string Port(Container container, int port) => container.GetHostEndpoint(port).Port.ToString(CultureInfo.InvariantCulture);

    private async Task<Network> MakeNetworkAsync()
    {
        debian.Spec("true");
        _limit.CancelAfter(TimeSpan.FromMinutes(10));
        Assert.SkipUnless(Socket.OSSupportsIPv6, "missing capability: IPv6");
        await debian.Engine.Networks.ListAsync(cancellationToken: Token);
        Assert.SkipUnless(debian.Engine.Networks.IsAvailable, $"missing capability: networks ({debian.Engine.Networks.UnavailableReason})");
        return await debian.Engine.Networks.CreateAsync(new NetworkSpec { Name = "servers-" + Guid.NewGuid().ToString("n") }.WithIPv6(), Token);
    }

    private async Task<string> AddressAsync(Container container, bool six)
    {
        NetworkEndpointInfo endpoint = (await container.InspectAsync(Token)).Networks[0];
        return (six ? endpoint.IPv6Address : endpoint.IPv4Address)!.ToString();
    }

    private async Task<string> ExecAsync(Container container, params string[] command)
    {
        ExecResult result = await container.ExecAsync(command, Token);
        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        return result.StandardOutput;
    }

    /// <summary>Asks one question, and reads so many bytes of the answer, or all of it.</summary>
    private async Task<string> AskAsync(IPEndPoint server, string question, int answer = int.MaxValue)
    {
        using Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, Token);
        await socket.SendAsync(Encoding.Latin1.GetBytes(question), Token);
        byte[] buffer = new byte[4096];
        int length = 0;
        while (length < Math.Min(answer, buffer.Length) && await socket.ReceiveAsync(buffer.AsMemory(length, Math.Min(answer, buffer.Length) - length), Token) is var read and > 0)
        {
            length += read;
        }

        return Encoding.Latin1.GetString(buffer, 0, length);
    }

    private async Task PumpAsync(IPEndPoint server, long length)
    {
        byte[] block = new byte[BlockLength];
        for (int i = 0; i < block.Length; i++)
        {
            block[i] = (byte)((i * 7) + (i >> 8));
        }

        using Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, Token);
        await using NetworkStream stream = new(socket);
        byte[] header = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(header, length);
        await stream.WriteAsync(header, Token);
        using IncrementalHash sent = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long left = length; left > 0; left -= block.Length)
        {
            ReadOnlyMemory<byte> part = block.AsMemory(0, (int)Math.Min(left, block.Length));
            sent.AppendData(part.Span);
            await stream.WriteAsync(part, Token);
        }

        byte[] received = new byte[BlockLength];
        await stream.ReadExactlyAsync(received.AsMemory(0, 32), Token);
        Assert.Equal(sent.GetHashAndReset(), received[..32]);
        for (long left = length; left > 0; left -= block.Length)
        {
            Memory<byte> part = received.AsMemory(0, (int)Math.Min(left, block.Length));
            await stream.ReadExactlyAsync(part, Token);
            Assert.True(part.Span.SequenceEqual(block.AsSpan(0, part.Length)), $"The bytes after {length - left} are others than were sent.");
        }

        Assert.Equal(0, await stream.ReadAsync(received, Token));
    }
}
