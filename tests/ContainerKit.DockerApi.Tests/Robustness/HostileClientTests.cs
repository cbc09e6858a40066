using System.Net;
using System.Text;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Tests.Hosting;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Robustness;

public sealed class HostileClientTests(ApiFixture api) : ApiTest(api)
{
    /// <summary>How many connections wait; more by CONTAINERKIT_STRESS_CONNECTIONS.</summary>
    private static int IdleConnections => int.TryParse(Environment.GetEnvironmentVariable("CONTAINERKIT_STRESS_CONNECTIONS"), out int count) ? count : 500;

    [Fact]
    public async Task Idle_connections_keep_nobody_out()
    {
        List<RawConnection> idle = [];
        try
        {
            for (int i = 0; i < IdleConnections; i++)
            {
                RawConnection connection = await RawConnection.OpenAsync(Api);
                idle.Add(connection);

                // Half of them begin a request that they never end.
                if (i % 2 == 0)
                    await connection.SendAsync("POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Length: 100\r\n\r\n{");
            }

            using HttpClient client = Api.CreateClient();
            Assert.Equal("OK", await client.GetStringAsync("/_ping", TestContext.Current.CancellationToken));
        }
        finally
        {
            foreach (RawConnection connection in idle)
                await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Endless_body_is_refused_without_being_read()
    {
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendAsync("POST /containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n");
        Task sending = SendUntilRefusedAsync(client);

        Assert.StartsWith("HTTP/1.1 413 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        await client.DisposeAsync();
        await sending;
    }

    private static async Task SendUntilRefusedAsync(RawConnection client)
    {
        string piece = "{\"a\":\"" + new string('x', 64 * 1024);
        try
        {
            for (int i = 0; i < 16 * 1024; i++)
                await client.SendAsync(piece);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Refused, which is the point.
        }
    }

    [Theory]
    [InlineData("GET / HTTP/9.9\r\n\r\n")]
    [InlineData("\0\0\0\0\r\n\r\n")]
    [InlineData("POST /containers/x/attach HTTP/1.1\r\nHost: d\r\nContent-Length: nonsense\r\n\r\n")]
    [InlineData("GET /_ping HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: d\r\n\r\nzzz\r\n\r\n")]
    public async Task What_is_no_HTTP_ends_its_own_connection_only(string bytes)
    {
        await using RawConnection client = await RawConnection.OpenAsync(Api);
        await client.SendAsync(bytes);
        client.CloseHalf();
        await client.ReadToEndAsync();

        Assert.Equal("OK", await Api.Client.GetStringAsync("/_ping", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task No_route_answers_nonsense_with_a_failure_of_the_server()
    {
        RequireBusybox();
        string[] values = ["x", "..", "%00", "%2e%2e%2f", "-1", "a b", "é", "{}", new('9', 40), "sha256:0"];
        string[] bodies = ["", "{", "null", "[]", "{\"Cmd\":[1]}", "{\"a\":{\"b\":[]}}", "\"text\"", "\u0000"];
        await using var service = new DockerApiService(Api.Engine, null, null);
        (string Method, string Template)[] templates = [.. service.CreateDispatcher().Templates.Where(route => !IsDestructive(route.Template))];
        var random = new Random(7); // the same every time
        List<string> failures = [];
        foreach ((string method, string template) in templates)
        {
            for (int round = 0; round < 3; round++)
            {
                string path = string.Join('/', template.Split('/').Select(segment => segment.StartsWith('{') ? Pick(random, values) : segment));
                string query = $"?filters={Uri.EscapeDataString(Pick(random, bodies))}&t={Pick(random, values)}&signal=x&path={Pick(random, values)}&since={Pick(random, values)}&until=1&follow=0&stdout=1&tail={Pick(random, values)}";
                string body = Pick(random, bodies);
                try
                {
                    HttpStatusCode status = await SendAsync(method, $"/v1.44{path}{(round == 0 ? "" : query)}", body);
                    if ((int)status is 500 or > 503)
                        failures.Add($"{method} {path}{query} {body}: {(int)status}");
                }
                catch (HttpRequestException e)
                {
                    failures.Add($"{method} {path}{query} {body}: {e.InnerException?.Message ?? e.Message}");
                }
            }
        }

        Assert.Empty(failures);
        Assert.True(templates.Length > 30);
        Assert.Equal("OK", await Api.Client.GetStringAsync("/_ping", TestContext.Current.CancellationToken));
    }

    /// <summary>What would take from the other tests, or goes out to the network.</summary>
    private static bool IsDestructive(string template)
        => template.Contains("prune", StringComparison.Ordinal) || template is "/auth" or "/events" || template.StartsWith("/images", StringComparison.Ordinal)
            || template.StartsWith("/distribution", StringComparison.Ordinal) || template.StartsWith("/build", StringComparison.Ordinal);

    private static string Pick(Random random, string[] values) => values[random.Next(values.Length)];

    private async Task<HttpStatusCode> SendAsync(string method, string path, string body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body.Length > 0 && method is not ("GET" or "HEAD"))
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
