using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Hosting;

public sealed class ListenerTests(ApiFixture api) : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ck-listen-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Socket_is_for_its_user_and_group_only()
    {
        string path = Path.Combine(_directory, "a.sock");
        await using (await DockerApiServer.StartAsync(api.Engine, new DockerApiOptions { Hosts = [$"unix://{path}"] }, TestContext.Current.CancellationToken))
        {
            Assert.Equal(DockerApiOptions.DefaultSocketMode, File.GetUnixFileMode(path));
            Assert.Equal([path], Directory.EnumerateFileSystemEntries(_directory));
            await Assert.ThrowsAsync<IOException>(() => DockerApiServer.StartAsync(api.Engine, new DockerApiOptions { Hosts = [$"unix://{path}"] }, TestContext.Current.CancellationToken));
            Assert.True(File.Exists(path));
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Socket_that_a_killed_server_left_is_replaced_and_a_file_is_not()
    {
        string path = Path.Combine(_directory, "b.sock");
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(path + "x"));
            File.Move(path + "x", path);
        }

        Assert.True(File.Exists(path));
        await using (await DockerApiServer.StartAsync(api.Engine, new DockerApiOptions { Hosts = [$"unix://{path}"] }, TestContext.Current.CancellationToken))
        {
        }

        await File.WriteAllTextAsync(path, "mine", TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<IOException>(() => DockerApiServer.StartAsync(api.Engine, new DockerApiOptions { Hosts = [$"unix://{path}"] }, TestContext.Current.CancellationToken));
        Assert.Equal("mine", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Socket_gets_the_group_that_is_asked_for()
    {
        string path = Path.Combine(_directory, "g.sock");
        string group = (await File.ReadAllLinesAsync("/proc/self/status", TestContext.Current.CancellationToken)).First(line => line.StartsWith("Gid:", StringComparison.Ordinal)).Split('\t')[1];
        await using (await DockerApiServer.StartAsync(api.Engine, new DockerApiOptions { Hosts = [$"unix://{path}"], SocketGroup = group }, TestContext.Current.CancellationToken))
            Assert.Equal("OK", await PingAsync(path));

        var unknown = new DockerApiOptions { Hosts = [$"unix://{path}"], SocketGroup = "no-such-group-of-anybody" };
        await Assert.ThrowsAsync<ArgumentException>(() => DockerApiServer.StartAsync(api.Engine, unknown, TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public async Task Socket_that_listens_already_is_served_by_its_descriptor()
    {
        string path = Path.Combine(_directory, "f.sock");
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen();
        nint descriptor = listening.SafeHandle.DangerousGetHandle();
        await using (DockerApiServer server = await DockerApiServer.StartAsync(api.Engine, new DockerApiOptions { Hosts = [$"fd://{descriptor}"] }, TestContext.Current.CancellationToken))
        {
            // The server closes it, and nobody a second time.
            listening.SafeHandle.SetHandleAsInvalid();
            Assert.Equal([$"fd://{descriptor}"], server.Addresses);
            Assert.Equal("OK", await PingAsync(path));
        }

        File.Delete(path);
    }

    private static async Task<string> PingAsync(string path)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        client.Timeout = ApiFixture.Patience;
        return await client.GetStringAsync("http://docker/_ping", TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("unix://relative")]
    [InlineData("tcp://")]
    [InlineData("tcp://example.org:2375")]
    [InlineData("tcp://127.0.0.1")]
    [InlineData("ftp://127.0.0.1:1")]
    [InlineData("fd://1")]
    public async Task Address_that_is_none_is_refused(string host)
        => await Assert.ThrowsAsync<FormatException>(() => DockerApiServer.StartAsync(api.Engine, new DockerApiOptions { Hosts = [host] }, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Tcp_for_everybody_has_to_be_asked_for()
    {
        var options = new DockerApiOptions { Hosts = ["tcp://127.0.0.1:0"] };
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => DockerApiServer.StartAsync(api.Engine, options, TestContext.Current.CancellationToken));
        Assert.Contains(nameof(DockerApiOptions.AllowUnauthenticatedTcp), refused.Message, StringComparison.Ordinal);

        await using DockerApiServer server = await DockerApiServer.StartAsync(api.Engine, options with { AllowUnauthenticatedTcp = true }, TestContext.Current.CancellationToken);
        using var client = new HttpClient { Timeout = ApiFixture.Patience };
        string address = Assert.Single(server.Addresses);
        Assert.Equal("OK", await client.GetStringAsync(new Uri(address.Replace("tcp:", "http:", StringComparison.Ordinal) + "/_ping"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Tcp_socket_that_listens_already_is_no_way_around_that()
    {
        var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        var address = new Uri($"http://{listening.LocalEndPoint}/_ping");
        nint descriptor = listening.SafeHandle.DangerousGetHandle();
        var options = new DockerApiOptions { Hosts = [$"fd://{descriptor}"] };
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => DockerApiServer.StartAsync(api.Engine, options, TestContext.Current.CancellationToken));
        Assert.Contains(address.Authority, refused.Message, StringComparison.Ordinal);

        await using DockerApiServer server = await DockerApiServer.StartAsync(api.Engine, options with { AllowUnauthenticatedTcp = true }, TestContext.Current.CancellationToken);

        // The server closes it, and nobody a second time.
        listening.SafeHandle.SetHandleAsInvalid();
        using var client = new HttpClient { Timeout = ApiFixture.Patience };
        Assert.Equal("OK", await client.GetStringAsync(address, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Only_clients_with_a_certificate_of_the_authority_get_in()
    {
        using X509Certificate2 authority = CreateAuthority("authority");
        using X509Certificate2 stranger = CreateAuthority("stranger");
        using X509Certificate2 serverCertificate = Issue(authority, "localhost", server: true);
        using X509Certificate2 good = Issue(authority, "client", server: false);
        using X509Certificate2 bad = Issue(stranger, "client", server: false);
        await using DockerApiServer server = await DockerApiServer.StartAsync(
            api.Engine,
            new DockerApiOptions { Hosts = ["tcp://127.0.0.1:0"], Tls = new DockerApiTlsOptions { Certificate = serverCertificate, ClientAuthorities = [authority] } },
            TestContext.Current.CancellationToken);
        var ping = new Uri(server.Addresses[0].Replace("tcp:", "https:", StringComparison.Ordinal) + "/_ping");

        Assert.Equal("OK", await GetAsync(ping, good));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(ping, bad));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(ping, null));
    }

    [Fact]
    public async Task Application_serves_the_api_beside_its_own_routes()
    {
        string path = Path.Combine(_directory, "c.sock");
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path, listener => listener.UseDockerStreams()));
        Microsoft.Extensions.DependencyInjection.RoutingServiceCollectionExtensions.AddRoutingCore(builder.Services);
        await using WebApplication app = builder.Build();
        app.UseRouting();
        app.MapGet("/own", (HttpContext http) => http.Response.WriteAsync("mine"));
        app.MapGroup("/docker").MapDockerApi(api.Engine);
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });

        Assert.Equal("mine", await client.GetStringAsync(new Uri("http://app/own"), TestContext.Current.CancellationToken));
        Assert.Equal("OK", await client.GetStringAsync(new Uri("http://app/docker/v1.44/_ping"), TestContext.Current.CancellationToken));
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<string> GetAsync(Uri address, X509Certificate2? certificate)
    {
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Issuer == "CN=authority";
        if (certificate is not null)
            handler.SslOptions.ClientCertificates = [certificate];
        using var client = new HttpClient(handler) { Timeout = ApiFixture.Patience };
        return await client.GetStringAsync(address, TestContext.Current.CancellationToken);
    }

    private static X509Certificate2 CreateAuthority(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name, bool server)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(server ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2")], critical: false));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 issued = request.Create(authority, now.AddHours(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
