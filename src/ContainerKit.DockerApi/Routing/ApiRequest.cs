using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ContainerKit.DockerApi.Streams;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Routing;

/// <summary>A request, with what handlers need of it.</summary>
internal sealed class ApiRequest
{
    /// <summary>More than any description of a container; archives and contexts are streams and have no bound here.</summary>
    internal const int MaximumJsonBody = 4 * 1024 * 1024;

    private readonly RouteMatch _match;

    internal ApiRequest(HttpContext http, ApiVersion version, RouteMatch match)
    {
        Http = http;
        Version = version;
        _match = match;
        Query = new ApiQuery(http.Request.Query);
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
    internal Task<HijackedStream> HijackAsync(string contentType)
    {
        IHijackFeature feature = Http.Features.Get<IHijackFeature>()
            ?? throw ApiException.Unsupported($"This server can't hand connections over. Call {nameof(DockerApiListenOptionsExtensions.UseDockerStreams)} on its listeners.");
        bool upgrade = Http.Request.Headers.Upgrade.Count > 0;
        return feature.HijackAsync(contentType, upgrade, $"{Version}", Aborted);
    }

    private static T? Parse<T>(ReadOnlySequence<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (IsBlank(body))
            return null;
        try
        {
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
            throw ApiException.BadRequest($"invalid JSON: {e.Message}", e);
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
