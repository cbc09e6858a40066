using System.Net;

namespace ContainerKit;

/// <summary>A registry that refused, failed or could not be reached. Neither message nor <see cref="Url"/> has credentials.</summary>
public sealed class RegistryAccessException : ContainerKitException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was to be done, and what the registry said.</param>
    /// <param name="statusCode">The HTTP status; null where there was no answer.</param>
    /// <param name="registryCode">The registry's own error code, for instance <c>UNAUTHORIZED</c>; null where it gave none.</param>
    /// <param name="url">The address that was asked, without user and query; null where it is not about one.</param>
    /// <param name="isTransient">True where the same may succeed later.</param>
    /// <param name="inner">The cause, or null.</param>
    public RegistryAccessException(
        string message, HttpStatusCode? statusCode, string? registryCode, string? url, bool isTransient, Exception? inner = null)
        : base(ContainerKitErrorCode.Registry, message, inner)
    {
        StatusCode = statusCode;
        RegistryCode = registryCode;
        Url = url;
        IsTransient = isTransient;
    }

    /// <summary>The HTTP status; null where there was no answer.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>The registry's own error code, for instance <c>UNAUTHORIZED</c> or <c>TOOMANYREQUESTS</c>; null where it gave none.</summary>
    public string? RegistryCode { get; }

    /// <summary>The address that was asked, without user and query; null where it is not about one.</summary>
    public string? Url { get; }

    /// <summary>True where credentials are missing, wrong or not sufficient (401, 403).</summary>
    public bool IsUnauthorized => StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    /// <inheritdoc/>
    public override bool IsTransient { get; }
}
