using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Routing;

/// <summary>A body of JSON values, each on a line of its own and sent at once. Calls may come from several threads.</summary>
internal sealed class JsonLines(HttpContext http, CancellationToken aborted) : IDisposable
{
    private static readonly byte[] LineEnd = "\r\n"u8.ToArray();

    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>True once the head is sent: from then on errors go into the stream.</summary>
    internal bool HasStarted => http.Response.HasStarted;

    /// <summary>Sends the head.</summary>
    internal async Task StartAsync()
    {
        http.Response.ContentType = "application/json";
        await http.Response.StartAsync(aborted).ConfigureAwait(false);
        await http.Response.Body.FlushAsync(aborted).ConfigureAwait(false);
    }

    /// <summary>Sends a value.</summary>
    internal async Task WriteAsync<T>(T value, JsonTypeInfo<T> type)
    {
        // One write, so that it is one chunk: docker-py takes a line's end that comes alone, as the last thing, for a broken value.
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(value, type), .. LineEnd];
        await _writing.WaitAsync(aborted).ConfigureAwait(false);
        try
        {
            if (!http.Response.HasStarted)
                http.Response.ContentType = "application/json";
            await http.Response.Body.WriteAsync(line, aborted).ConfigureAwait(false);
            await http.Response.Body.FlushAsync(aborted).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();
}
