using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace ContainerKit.Samples.Tests;

/// <summary>The samples do what they say, as whoever runs the tests.</summary>
public class SampleTests
{
    private const string Busybox = "/bin/busybox";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Quickstart_leaves_nothing_behind()
    {
        await using SampleProcess sample = SampleProcess.Start("Quickstart");
        Assert.True(await sample.WaitForExitAsync() == 0, sample.Output);
        Assert.Matches("stop: exit code 1[0-9][0-9]", sample.Output);
        Assert.Contains("20 containers", sample.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rootless_says_what_works_and_what_does_not()
    {
        await using SampleProcess sample = SampleProcess.Start("Rootless");
        Assert.True(await sample.WaitForExitAsync() == 0, sample.Output);
        Assert.Contains("the user inside is root, 0", sample.Output, StringComparison.Ordinal);
        Assert.Contains("written to a copy: changed", sample.Output, StringComparison.Ordinal);
        Assert.Matches("the same in the next container: *kept", sample.Output);
        Assert.Matches("names in a network: *[0-9.]+ +peer", sample.Output);
    }

    [Fact]
    public async Task CiRunner_builds_tests_and_keeps_an_image()
    {
        Assert.SkipUnless(File.Exists(Busybox), $"missing capability: {Busybox} (busybox-static)");
        await using SampleProcess sample = SampleProcess.Start("CiRunner");
        Assert.True(await sample.WaitForExitAsync() == 0, sample.Output);
        Assert.Contains("2 tests passed", sample.Output, StringComparison.Ordinal);
        Assert.Contains("Hello, CI", sample.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CiRunner_ends_with_the_exit_code_of_failed_tests()
    {
        Assert.SkipUnless(File.Exists(Busybox), $"missing capability: {Busybox} (busybox-static)");
        string directory = Directory.CreateTempSubdirectory("ck-ci-").FullName;
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(directory, "Dockerfile"),
                "FROM scratch AS test\nCOPY --from=tools busybox /bin/busybox\nCMD [\"/bin/busybox\", \"sh\", \"-c\", \"echo it does not work; exit 3\"]\n",
                Cancelled);
            await using SampleProcess sample = SampleProcess.Start("CiRunner", directory);
            Assert.True(await sample.WaitForExitAsync() == 3, sample.Output);
            Assert.Contains("it does not work", sample.Output, StringComparison.Ordinal);
            Assert.Contains("nothing was pushed", sample.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task DockerHost_answers_the_clients_of_docker()
    {
        await using SampleProcess sample = SampleProcess.Start("DockerHost");
        string address = (await sample.WaitForLineAsync("export DOCKER_HOST=")).Split('=', 2)[1];
        string socket = address["unix://".Length..];
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), token);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri("http://localhost") };
        Assert.Equal("OK", await client.GetStringAsync(new Uri("/_ping", UriKind.Relative), Cancelled));
        Assert.Contains("\"ApiVersion\"", await client.GetStringAsync(new Uri("/v1.44/version", UriKind.Relative), Cancelled), StringComparison.Ordinal);
        Assert.True(await sample.EndAsync() == 0, sample.Output);
        Assert.False(Directory.Exists(Path.GetDirectoryName(socket)));
    }

    [Fact]
    public async Task AspNetCoreSandbox_runs_what_strangers_send_and_ends_what_goes_too_far()
    {
        Assert.SkipUnless(File.Exists(Busybox), $"missing capability: {Busybox} (busybox-static)");
        await using SampleProcess sample = SampleProcess.Start("AspNetCoreSandbox", "--urls", "http://127.0.0.1:0", "--AllowWithoutLimits=true");
        string line = await sample.WaitForLineAsync("Now listening on: ");
        using var client = new HttpClient { BaseAddress = new Uri(line.Split(": ", 2)[1].Trim()), Timeout = TimeSpan.FromMinutes(3) };

        Assert.Equal("Healthy", await client.GetStringAsync(new Uri("/health", UriKind.Relative), Cancelled));
        JsonElement hello = await RunAsync(client, "echo hello from $(id -u)");
        Assert.Equal("hello from 0\n", hello.GetProperty("standardOutput").GetString());
        Assert.Equal(0, hello.GetProperty("exitCode").GetInt32());

        JsonElement write = await RunAsync(client, "echo x > /etc/passwd; echo $?; tail -n +3 /proc/net/dev | cut -d: -f1");
        Assert.Equal("1\n    lo\n", write.GetProperty("standardOutput").GetString());

        JsonElement forever = await RunAsync(client, "sleep 1000");
        Assert.Equal(JsonValueKind.Null, forever.GetProperty("exitCode").ValueKind);
        Assert.Contains("ended after", forever.GetProperty("standardError").GetString(), StringComparison.Ordinal);

        JsonElement talkative = await RunAsync(client, "yes");
        Assert.Equal(JsonValueKind.Null, talkative.GetProperty("exitCode").ValueKind);

        using HttpResponseMessage tooLong = await client.PostAsync(new Uri("/run", UriKind.Relative), new ByteArrayContent(new byte[100_000]), Cancelled);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLong.StatusCode);
        Assert.True(await sample.EndAsync() == 0, sample.Output);
    }

    private static async Task<JsonElement> RunAsync(HttpClient client, string script)
    {
        using HttpResponseMessage answer = await client.PostAsync(new Uri("/run", UriKind.Relative), new StringContent(script), Cancelled);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
    }
}
