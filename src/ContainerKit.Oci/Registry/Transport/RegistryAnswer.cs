using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Reading of answers: what was refused becomes one <see cref="RegistryException"/>, bounded and without secrets.</summary>
internal static class RegistryAnswer
{
    private const int MaxErrorSize = 64 * 1024;
    private const int MaxMessageLength = 300;

    /// <summary>An address without user, query and fragment, where signatures and tokens are.</summary>
    public static string? Redact(Uri? uri) => uri switch
    {
        null => null,
        { IsAbsoluteUri: false } => "",
        _ => uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped),
    };

    /// <summary>Method and address, for messages.</summary>
    public static string Describe(HttpRequestMessage? request) => $"{request?.Method} {Redact(request?.RequestUri)}";

    /// <summary>True for what may be different a moment later.</summary>
    public static bool IsTransient(HttpStatusCode status)
        => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>How long an answer asks to wait; a date counts from its own Date header, since clocks differ.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        TimeSpan? delay = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when response.Headers.Date is { } now => date - now,
            _ => null,
        };
        return delay < TimeSpan.Zero ? TimeSpan.Zero : delay;
    }

    /// <summary>Throws what a registry says when it refuses.</summary>
    /// <exception cref="RegistryException">The status is none of success.</exception>
    public static async ValueTask ThrowIfFailedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await ToExceptionAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The error of an answer that is not the expected one.</summary>
    public static async ValueTask<RegistryException> ToExceptionAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        (string? code, string? detail) = await ReadErrorAsync(response, cancellationToken).ConfigureAwait(false);
        var message = new StringBuilder();
        message.Append(Describe(response.RequestMessage)).Append(": ")
            .Append(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} {Clean(response.ReasonPhrase ?? response.StatusCode.ToString())}");
        if (code is not null)
        {
            message.Append(", ").Append(code);
        }

        if (detail is not null)
        {
            message.Append(": ").Append(detail);
        }

        if (response.StatusCode == HttpStatusCode.Unauthorized && response.RequestMessage?.Headers.Authorization is null)
        {
            message.Append(" (no credentials were found; log in, or give them)");
        }

        return new RegistryException(message.ToString(), response.StatusCode, code, Redact(response.RequestMessage?.RequestUri))
        {
            IsTransient = IsTransient(response.StatusCode),
            RetryAfter = RetryAfter(response),
        };
    }

    /// <summary>Reads an answer that must not be large.</summary>
    /// <exception cref="RegistryException">It is larger, or breaks off.</exception>
    public static async ValueTask<byte[]> ReadAsync(HttpResponseMessage response, int limit, string what, CancellationToken cancellationToken)
    {
        string description = Describe(response.RequestMessage);
        string? url = Redact(response.RequestMessage?.RequestUri);
        if (response.Content.Headers.ContentLength > limit)
        {
            throw new RegistryException($"{description}: the {what} is larger than {limit} bytes.", url: url);
        }

        try
        {
            using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            using var content = new MemoryStream();
            byte[] buffer = new byte[16 * 1024];
            while (await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
            {
                content.Write(buffer, 0, read);
                if (content.Length > limit)
                {
                    throw new RegistryException($"{description}: the {what} is larger than {limit} bytes.", url: url);
                }
            }

            return content.ToArray();
        }
        catch (Exception e) when (e is HttpRequestException or IOException and not RegistryException)
        {
            throw new RegistryException($"{description}: the {what} broke off. {e.Message}", url: url, inner: e) { IsTransient = true };
        }
    }

    private static async ValueTask<(string? Code, string? Message)> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            byte[] body = await ReadAsync(response, MaxErrorSize, "error", cancellationToken).ConfigureAwait(false);
            ErrorEntry? error = body.Length == 0 ? null : JsonSerializer.Deserialize(body, RegistryJsonContext.Default.ErrorDocument)?.Errors?.FirstOrDefault();
            return (Clean(error?.Code), Clean(error?.Message));
        }
        catch (Exception e) when (e is JsonException or RegistryException)
        {
            // A proxy's page, or nothing: the status has to do.
            return default;
        }
    }

    /// <summary>A server's words as part of one line: bounded, and without control characters that would steer a terminal.</summary>
    private static string? Clean(string? text)
        => string.IsNullOrWhiteSpace(text) ? null : string.Concat(text.Take(MaxMessageLength).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
}
