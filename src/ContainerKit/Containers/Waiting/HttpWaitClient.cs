using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace ContainerKit.Containers.Waiting;

/// <summary>The requests of one wait.</summary>
internal sealed class HttpWaitClient : IDisposable
{
    private const int LongestBody = 1 << 20;
    private readonly HttpWait _wait;
    private readonly HttpClient _client;

    internal HttpWaitClient(HttpWait wait)
    {
        _wait = wait;
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.Zero };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, errors) => wait.AcceptsAnyCertificate || errors == SslPolicyErrors.None;
        _client = new HttpClient(handler) { Timeout = wait.RequestTimeout, MaxResponseContentBufferSize = LongestBody };
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Asks once; null when the answer is the one that is wanted.</summary>
    internal async Task<(string? Problem, Exception? Cause)> AskAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(_wait.Method, new Uri($"{(_wait.UsesTls ? "https" : "http")}://{endpoint}{(_wait.Path.StartsWith('/') ? "" : "/")}{_wait.Path}"));
            foreach ((string name, string value) in _wait.RequestHeaders)
                request.Headers.TryAddWithoutValidation(name, value);
            using HttpResponseMessage response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return (await FindProblemAsync(response, cancellationToken).ConfigureAwait(false), null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            // .NET asks a connected socket for its peer: a connection that was reset by then is a bare SocketException.
            return (e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message, e);
        }
        catch (TaskCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            return ($"no answer within {WaitRunner.Seconds(_wait.RequestTimeout)}", e);
        }
    }

    private async Task<string?> FindProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string status = string.Create(CultureInfo.InvariantCulture, $"status {(int)response.StatusCode}");
        if (!(_wait.Status?.Invoke(response.StatusCode) ?? response.IsSuccessStatusCode))
            return status;
        foreach ((string name, Func<string, bool>? isGood) in _wait.ResponseHeaders)
        {
            if (!response.Headers.TryGetValues(name, out IEnumerable<string>? values) && !response.Content.Headers.TryGetValues(name, out values))
                return $"{status}, but no header {name}";
            string value = string.Join(", ", values);
            if (isGood?.Invoke(value) == false)
                return $"{status}, but the header {name} is '{value}'";
        }

        if (_wait.Body is null)
            return null;
        string body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        return _wait.Body(body) ? null : $"{status}, but the body is not the one that is wanted: {body[..Math.Min(body.Length, 200)]}";
    }
}
