using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Streams;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Routing;

/// <summary>A request, with what handlers need of it.</summary>
internal sealed class ApiRequest
{
    /// <summary>More than any description of a container; archives and contexts are streams and have no bound here.</summary>
    internal const int MaximumJsonBody = 4 * 1024 * 1024;

    /// <summary>What clients that lose a beginning get to read the head; a start of dockerd takes longer.</summary>
    private static readonly TimeSpan HeadTime = TimeSpan.FromMilliseconds(50);

    private readonly RouteMatch _match;

    internal ApiRequest(HttpContext http, ApiVersion version, RouteMatch match)
    {
        Http = http;
        Version = version;
        _match = match;
        Query = new ApiQuery(http.Request.Query, http.Request.HasJsonContentType());
    }

    internal HttpContext Http { get; }

    internal ApiVersion Version { get; }

    internal ApiQuery Query { get; }

    /// <summary>Cancelled when the client is gone, or the server stops.</summary>
    internal CancellationToken Aborted => Http.RequestAborted;

    /// <summary>A value of the route.</summary>
    internal string Route(string name) => _match.Values[name];

    /// <summary>Reads the body; null when there is none, or it is <c>null</c>.</summary>
    /// <exception cref="ApiException">It is too long, or no such JSON.</exception>
    internal async Task<T?> ReadJsonAsync<T>(JsonTypeInfo<T> type)
        where T : class
    {
        PipeReader reader = Http.Request.BodyReader;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(Aborted).ConfigureAwait(false);
            ReadOnlySequence<byte> body = result.Buffer;
            if (body.Length > MaximumJsonBody)
            {
                // The rest is not read: neither now nor for the next request.
                reader.AdvanceTo(body.End);
                Http.Response.Headers.Connection = "close";
                throw new ApiException(StatusCodes.Status413PayloadTooLarge, $"The body is longer than {MaximumJsonBody} bytes.");
            }

            if (!result.IsCompleted)
            {
                reader.AdvanceTo(body.Start, body.End);
                continue;
            }

            try
            {
                RequireJsonType(body);
                return Parse(body, type);
            }
            finally
            {
                // Also of a body that is no such JSON: a connection with an unread body is closed.
                reader.AdvanceTo(body.End);
            }
        }
    }

    /// <summary>As <see cref="ReadJsonAsync"/>; a body is required.</summary>
    internal async Task<T> RequireJsonAsync<T>(JsonTypeInfo<T> type)
        where T : class
        => await ReadJsonAsync(type).ConfigureAwait(false) ?? throw ApiException.BadRequest("invalid JSON: got EOF while reading request body");

    /// <summary>Answers with JSON. Go's client wants exactly <c>application/json</c>, without a charset.</summary>
    internal async Task WriteJsonAsync<T>(T value, JsonTypeInfo<T> type, int statusCode = StatusCodes.Status200OK)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        Http.Response.StatusCode = statusCode;
        Http.Response.ContentType = "application/json";
        Http.Response.ContentLength = body.Length;
        await Http.Response.Body.WriteAsync(body, Aborted).ConfigureAwait(false);
    }

    /// <summary>Answers with a status alone.</summary>
    internal Task WriteStatusAsync(int statusCode)
    {
        Http.Response.StatusCode = statusCode;
        if (statusCode is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified))
            Http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Sends the head now, so that the client knows that it is served, and leaves the body to the caller.</summary>
    internal async Task<Stream> StartStreamAsync(string contentType, int statusCode = StatusCodes.Status200OK)
    {
        Http.Response.StatusCode = statusCode;
        Http.Response.ContentType = contentType;
        await Http.Response.StartAsync(Aborted).ConfigureAwait(false);
        await Http.Response.Body.FlushAsync(Aborted).ConfigureAwait(false);
        return Http.Response.Body;
    }

    /// <summary>Answers with JSON values, one a line, as they come. The head is sent with the first line, or by <see cref="JsonLines.StartAsync"/>.</summary>
    internal JsonLines OpenJsonLines() => new(Http, Aborted);

    /// <summary>
    /// Takes the connection over and answers as Docker does: <c>101 UPGRADED</c> when the client asked for that, otherwise <c>200 OK</c> until the
    /// connection's end. Read the body before.
    /// </summary>
    internal async Task<HijackedStream> HijackAsync(string contentType)
    {
        await SkipBodyAsync().ConfigureAwait(false);
        bool upgrade = Http.Request.Headers.Upgrade.Count > 0;
        string[] head = upgrade
            ? ["HTTP/1.1 101 UPGRADED", $"Content-Type: {contentType}", "Connection: Upgrade", "Upgrade: tcp"]
            : ["HTTP/1.1 200 OK", $"Content-Type: {contentType}", "Connection: close"];
        return await TakeOverAsync(head, LosesWhatComesWithTheHead(Http.Request.Headers.UserAgent.ToString()) ? HeadTime : TimeSpan.Zero).ConfigureAwait(false);
    }

    /// <summary>
    /// docker-py reads the head through a buffer of its own and goes on behind that: what arrives together with the head is lost. Servers that take longer
    /// for a start never see that.
    /// </summary>
    private static bool LosesWhatComesWithTheHead(string userAgent)
        => userAgent.StartsWith("docker-sdk-python/", StringComparison.Ordinal) || userAgent.StartsWith("docker-compose/", StringComparison.Ordinal);

    /// <summary>Takes the connection over for a websocket, RFC 6455.</summary>
    /// <exception cref="ApiException">The client asked for none, or for a version that nobody speaks any more.</exception>
    internal async Task<WebSocketStream> HijackForWebSocketAsync()
    {
        IHeaderDictionary headers = Http.Request.Headers;
        if (!headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase) || headers.SecWebSocketVersion != "13" || headers.SecWebSocketKey is not [{ Length: 24 } key])
            throw ApiException.BadRequest("A websocket is expected here: Upgrade: websocket, Sec-WebSocket-Version: 13 and a Sec-WebSocket-Key.");
        string[] head = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket", $"Sec-WebSocket-Accept: {WebSocketStream.Accept(key)}"];

        // Of the protocols that a client offers it has to be answered one, or it closes.
        if (headers.SecWebSocketProtocol.ToString() is { Length: > 0 } offered && offered.Split(',')[0].Trim() is var protocol && protocol.All(IsTokenCharacter))
            head = [.. head, $"Sec-WebSocket-Protocol: {protocol}"];
        return new WebSocketStream(await TakeOverAsync(head, TimeSpan.Zero).ConfigureAwait(false));
    }

    /// <summary>A page that some browser shows may send a text to any address, but not JSON.</summary>
    private void RequireJsonType(ReadOnlySequence<byte> body)
    {
        if (!Http.Request.HasJsonContentType() && !IsBlank(body))
            throw ApiException.BadRequest($"unsupported Content-Type header ({Http.Request.ContentType}): must be 'application/json'");
    }

    /// <summary>What is announced as the request's body is not the stream: dockerode repeats its query there.</summary>
    private async Task SkipBodyAsync()
    {
        if (Http.Request.ContentLength is > MaximumJsonBody)
            throw new ApiException(StatusCodes.Status413PayloadTooLarge, $"The body is longer than {MaximumJsonBody} bytes.");
        if (Http.Request.ContentLength is > 0)
            await Http.Request.Body.CopyToAsync(Stream.Null, Aborted).ConfigureAwait(false);
    }

    private Task<HijackedStream> TakeOverAsync(IEnumerable<string> head, TimeSpan readTime)
    {
        IHijackFeature feature = Http.Features.Get<IHijackFeature>()
            ?? throw ApiException.Unsupported($"This server can't hand connections over. Call {nameof(DockerApiListenOptionsExtensions.UseDockerStreams)} on its listeners.");
        return feature.HijackAsync([.. head, $"Api-Version: {Version}", "Ostype: linux", $"Server: Docker/{ServerVersion.Text} (linux)"], readTime, Aborted);
    }

    /// <summary>RFC 9110, 5.6.2.</summary>
    private static bool IsTokenCharacter(char character) => char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal);

    private static T? Parse<T>(ReadOnlySequence<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (IsBlank(body))
            return null;
        try
        {
            RefuseNullsInLists(new Utf8JsonReader(body));
            var reader = new Utf8JsonReader(body);
            T? value = JsonSerializer.Deserialize(ref reader, type);
            while (reader.Read())
            {
                // Anything behind the value is refused by the reader itself.
            }

            return value;
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"invalid JSON: {Describe(e)}", e);
        }
    }

    /// <summary>A value of another type is described by the type that reads it, which says nothing to who has sent it.</summary>
    private static string Describe(JsonException exception)
        => exception.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal) && exception.Path is { } path
            ? $"the value of {path.TrimStart('$').TrimStart('.')} has the wrong type (at byte {exception.BytePositionInLine + 1} of line {exception.LineNumber + 1})"
            : exception.Message;

    /// <summary>Nothing in a list means nothing: neither a mount nor a word of a command.</summary>
    private static void RefuseNullsInLists(Utf8JsonReader reader)
    {
        Stack<bool> lists = new();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    lists.Push(reader.TokenType == JsonTokenType.StartArray);
                    break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    lists.Pop();
                    break;
                case JsonTokenType.Null when lists.TryPeek(out bool isList) && isList:
                    throw ApiException.BadRequest("invalid JSON: null in a list");
            }
        }
    }

    private static bool IsBlank(ReadOnlySequence<byte> body)
    {
        foreach (ReadOnlyMemory<byte> segment in body)
        {
            if (segment.Span.ContainsAnyExcept(" \t\r\n"u8))
                return false;
        }

        return true;
    }
}
