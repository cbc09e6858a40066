using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Routing;

/// <summary>An answer with an error status and Docker's <c>{"message"}</c>.</summary>
internal sealed class ApiException(int statusCode, string message, Exception? inner = null) : Exception(message, inner)
{
    internal int StatusCode { get; } = statusCode;

    internal static ApiException BadRequest(string message, Exception? inner = null) => new(StatusCodes.Status400BadRequest, message, inner);

    internal static ApiException NotFound(string message, Exception? inner = null) => new(StatusCodes.Status404NotFound, message, inner);

    internal static ApiException Conflict(string message, Exception? inner = null) => new(StatusCodes.Status409Conflict, message, inner);

    internal static ApiException Unsupported(string message) => new(StatusCodes.Status501NotImplemented, message);
}
