using System.Net;

namespace ContainerKit.Oci;

/// <summary>A registry that refused, failed or could not be reached. Neither message nor <see cref="Url"/> has credentials or signed queries.</summary>
public sealed class RegistryException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was asked and what is wrong.</param>
    /// <param name="statusCode">The HTTP status; null where there was no answer.</param>
    /// <param name="errorCode">The registry's error code; null where it gave none.</param>
    /// <param name="url">The address, without user and query.</param>
    /// <param name="inner">The cause, or null.</param>
    public RegistryException(string message, HttpStatusCode? statusCode = null, string? errorCode = null, string? url = null, Exception? inner = null)
        : base(message, inner)
    {
        StatusCode = statusCode;
        ErrorCode = errorCode;
        Url = url;
    }

    /// <summary>The HTTP status; null where there was no answer.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>The registry's own code, such as those of <see cref="RegistryErrorCodes"/>; null where it gave none.</summary>
    public string? ErrorCode { get; }

    /// <summary>The address that was asked, without user and query; null where it is not about one.</summary>
    public string? Url { get; }

    /// <summary>How long the registry asks to wait; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True where the same request may succeed later: broken connections, 408, 429 and 5xx.</summary>
    public bool IsTransient { get; init; }

    /// <summary>True where the content, tag, repository or the API itself is not there (404).</summary>
    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    /// <summary>True where credentials are missing, wrong or not sufficient (401, 403).</summary>
    public bool IsUnauthorized => StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
}
