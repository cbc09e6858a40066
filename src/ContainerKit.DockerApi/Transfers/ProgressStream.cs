using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Transfers;

/// <summary>A response of lines of progress. What fails before the first line is an error with a status, later it is a line of its own.</summary>
internal sealed class ProgressStream(JsonLines lines)
{
    internal static async Task RunAsync(ApiRequest request, Func<ProgressStream, Task> work)
    {
        using JsonLines lines = request.OpenJsonLines();
        var stream = new ProgressStream(lines);
        try
        {
            await work(stream).ConfigureAwait(false);
        }
        catch (Exception e) when (lines.HasStarted && !request.Aborted.IsCancellationRequested)
        {
            await stream.FailAsync(ErrorMapping.Describe(e).Message, (e as BuildException)?.ExitCode ?? 0).ConfigureAwait(false);
        }
    }

    internal Task WriteAsync(ProgressLine line) => lines.WriteAsync(line, ProgressJson.Default.ProgressLine);

    internal Task WriteStatusAsync(string status, string? id = null) => WriteAsync(new ProgressLine { Status = status, Id = id });

    internal Task WriteTextAsync(string text) => WriteAsync(new ProgressLine { Stream = text });

    internal Task FailAsync(string message, int code = 0)
        => WriteAsync(new ProgressLine { ErrorDetail = new ProgressError { Code = code, Message = message }, Error = message });
}
