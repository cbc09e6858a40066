using Microsoft.AspNetCore.Http;

namespace ContainerKit.DockerApi.Routing;

/// <summary>Which status an exception of the engine becomes.</summary>
internal static class ErrorMapping
{
    private const int CommandCannotRun = 126;
    private const int CommandNotFound = 127;

    internal static (int StatusCode, string Message) Describe(Exception exception) => exception switch
    {
        ApiException api => (api.StatusCode, api.Message),
        BadHttpRequestException request => (request.StatusCode, request.Message),
        ContainerStartException { ExitCode: CommandCannotRun or CommandNotFound } => (StatusCodes.Status400BadRequest, exception.Message),
        RegistryAccessException registry => (StatusOf(registry), exception.Message),
        ContainerKitException known => (StatusOf(known.Code), exception.Message),
        ArgumentException argument => (StatusCodes.Status400BadRequest, WithoutParameter(argument)),
        FormatException => (StatusCodes.Status400BadRequest, exception.Message),
        ObjectDisposedException => (StatusCodes.Status503ServiceUnavailable, "The engine is shutting down."),
        _ => (StatusCodes.Status500InternalServerError, exception.Message),
    };

    private static int StatusOf(ContainerKitErrorCode code) => code switch
    {
        ContainerKitErrorCode.NotFound => StatusCodes.Status404NotFound,
        ContainerKitErrorCode.Conflict or ContainerKitErrorCode.InvalidState => StatusCodes.Status409Conflict,
        ContainerKitErrorCode.Unsupported => StatusCodes.Status501NotImplemented,
        ContainerKitErrorCode.InvalidContent or ContainerKitErrorCode.ContentMismatch or ContainerKitErrorCode.Build => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status500InternalServerError,
    };

    private static int StatusOf(RegistryAccessException registry) => registry switch
    {
        { IsUnauthorized: true } => StatusCodes.Status401Unauthorized,
        { StatusCode: System.Net.HttpStatusCode.NotFound } => StatusCodes.Status404NotFound,
        _ => StatusCodes.Status502BadGateway,
    };

    /// <summary>The parameter's name is one of our C#; the caller spoke HTTP.</summary>
    private static string WithoutParameter(ArgumentException exception)
    {
        if (exception.ParamName is null)
            return exception.Message;
        int suffix = exception.Message.LastIndexOf(" (Parameter '", StringComparison.Ordinal);
        return suffix < 0 ? exception.Message : exception.Message[..suffix];
    }
}
