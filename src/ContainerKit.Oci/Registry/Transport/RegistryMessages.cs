using Microsoft.Extensions.Logging;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>Log messages about registries, ids 2000 to 2099. Addresses are without user and query, and nothing else of a request is in them.</summary>
internal static partial class RegistryMessages
{
    [LoggerMessage(2000, LogLevel.Debug, "{Method} {Url}: {Status} after {Milliseconds} ms")]
    internal static partial void Answered(ILogger logger, string method, string? url, int status, long milliseconds);

    [LoggerMessage(2001, LogLevel.Debug, "{Method} {Url}: no answer after {Milliseconds} ms: {Reason}")]
    internal static partial void Failed(ILogger logger, string method, string? url, long milliseconds, string reason);
}
