using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.Cli.Engines;

/// <summary>
/// What every command talks to: an engine by Docker's API, wherever it is. A command is written once; whether the engine is in this process, a
/// <c>ckit serve</c> or dockerd is the transport's affair.
/// </summary>
internal sealed class DockerClient(IEngineTransport transport) : IAsyncDisposable
{
    private const int OldestMinor = 24;

    private string _prefix = "";

    public bool IsServer => transport.IsServer;

    public string Name => transport.Name;

    /// <summary>The version of the API that is spoken.</summary>
    public string ApiVersionText { get; private set; } = ApiVersion.Newest.ToString();

    /// <summary>True when both ends know what came with 1.<paramref name="minor"/>.</summary>
    public bool Speaks(int minor) => Minor(ApiVersionText) >= minor;

    /// <summary>A path with values that may be anything; slashes in names of images stay.</summary>
    public static string Escape(string value) => Uri.EscapeDataString(value).Replace("%2F", "/", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal);

    /// <summary>Agrees on a version with a server.</summary>
    /// <exception cref="IOException">Nobody answers.</exception>
    public async Task NegotiateAsync(CancellationToken cancellationToken)
    {
        if (!transport.IsServer)
            return;
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, "/_ping", null, null, cancellationToken).ConfigureAwait(false);
        string theirs = answer.Headers.TryGetValues("Api-Version", out IEnumerable<string>? values) ? values.First() : "1.24";
        int minor = Math.Min(Minor(theirs), Minor(ApiVersion.Newest.ToString()));
        ApiVersionText = string.Create(CultureInfo.InvariantCulture, $"1.{Math.Max(minor, OldestMinor)}");
        _prefix = $"/v{ApiVersionText}";
    }

    public async Task<JsonNode?> GetAsync(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, null, null, cancellationToken).ConfigureAwait(false);
        return await ReadJsonAsync(response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The answer; null where there is no such thing.</summary>
    public async Task<JsonNode?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (DockerErrorException e) when (e.Status == (int)HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<JsonNode?> PostAsync(string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Post, path, body is null ? null : Json(body), null, cancellationToken).ConfigureAwait(false);
        return await ReadJsonAsync(response, cancellationToken).ConfigureAwait(false);
    }

    public async Task<JsonNode?> DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Delete, path, null, null, cancellationToken).ConfigureAwait(false);
        return await ReadJsonAsync(response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An answer that succeeded; its body is read by the caller, who disposes it.</summary>
    /// <exception cref="DockerErrorException">It did not.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, IReadOnlyDictionary<string, string>? headers, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await transport.SendAsync(CreateRequest(method, path, content, headers), cancellationToken).ConfigureAwait(false);
        await ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        return response;
    }

    /// <summary>The lines of an answer, each a JSON value, as they come.</summary>
    public async IAsyncEnumerable<JsonNode> ReadLinesAsync(
        HttpMethod method, string path, HttpContent? content, IReadOnlyDictionary<string, string>? headers, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(method, path, content, headers, cancellationToken).ConfigureAwait(false);
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(body, Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is string line)
        {
            if (!string.IsNullOrWhiteSpace(line) && JsonNode.Parse(line) is { } node)
                yield return node;
        }
    }

    /// <summary>Takes the connection over.</summary>
    public async Task<HijackedConnection> HijackAsync(string path, JsonNode? body, CancellationToken cancellationToken)
    {
        HttpRequestMessage request = CreateRequest(HttpMethod.Post, path, body is null ? null : Json(body), null);
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new ProductHeaderValue("tcp"));
        (HttpResponseMessage response, HijackedConnection? connection) = await transport.HijackAsync(request, cancellationToken).ConfigureAwait(false);
        if (connection is not null)
            return connection;
        await ThrowIfFailedAsync(response, cancellationToken).ConfigureAwait(false);
        throw new IOException($"{Name} does not hand connections over: {(int)response.StatusCode}");
    }

    /// <summary>Written without reflection, by the contract of the endpoint.</summary>
    public static JsonNode Json<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToNode(value, type)!;

    public ValueTask DisposeAsync() => transport.DisposeAsync();

    private static ByteArrayContent Json(JsonNode body)
        => new(Encoding.UTF8.GetBytes(body.ToJsonString())) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private HttpRequestMessage CreateRequest(HttpMethod method, string path, HttpContent? content, IReadOnlyDictionary<string, string>? headers)
    {
        var request = new HttpRequestMessage(method, new Uri($"http://docker{_prefix}{path}")) { Content = content };
        foreach ((string name, string value) in headers ?? new Dictionary<string, string>())
            request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static async Task<JsonNode?> ReadJsonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return body.AsSpan().ContainsAnyExcept(" \t\r\n"u8) ? JsonNode.Parse(body) : null;
    }

    private static async Task ThrowIfFailedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        const int firstFailure = 400;
        int status = (int)response.StatusCode;
        if (status < firstFailure)
            return;
        using (response)
        {
            string text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            string? message = null;
            try
            {
                message = JsonNode.Parse(text)?["message"]?.GetValue<string>();
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // A proxy in between, or the plain text of an attach.
            }

            throw new DockerErrorException(status, message ?? (text.Trim() is { Length: > 0 } plain ? plain : $"the engine answered {status}"));
        }
    }

    private static int Minor(string version)
        => version.Split('.') is [_, var minor] && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : OldestMinor;
}
