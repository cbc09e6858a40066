using System.Security.Authentication;
using ContainerKit.Oci.Registry.Authentication;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>One registry: its address, its connections and the stack of handlers that requests go through.</summary>
internal sealed class RegistryHost : IDisposable
{
    private readonly HttpMessageInvoker _own;
    private readonly HttpMessageInvoker _foreign;
    private readonly HttpMessageInvoker _stack;
    private readonly RegistryClientOptions _options;
    private RegistryRateLimit? _rateLimit;

    public RegistryHost(string name, Uri origin, RegistryClientOptions options)
    {
        RegistryHostOptions host = options.ForHost(name);
        bool allowPlainHttp = host.PlainHttp is PlainHttpPolicy.Allow or PlainHttpPolicy.Require;
        _options = options;
        Boundary = new HostBoundary(origin, allowPlainHttp);
        Delays = new RetryDelays(options);
        _own = ConnectionFactory.CreateOwn(options, host, origin);
        _foreign = ConnectionFactory.CreateForeign(options, host);

        // From the innermost: where to, the log, standing still, who is asking, redirects, once more.
        var stall = new StallHandler(options, Log(options, new HostRoutingHandler(Boundary, _own, _foreign)));
        var tokens = new TokenServer(new HttpMessageInvoker(new RetryHandler(Delays, stall), disposeHandler: false), Boundary, options.TimeProvider);
        var authenticator = new Authenticator(name, options.Credentials, tokens, options.TimeProvider);
        var redirect = new RedirectHandler(Boundary, new AuthenticationHandler(Boundary, authenticator, stall));
        _stack = new HttpMessageInvoker(new RetryHandler(Delays, redirect));
    }

    public HostBoundary Boundary { get; }

    public RetryDelays Delays { get; }

    /// <summary>What the registry last said of its limits, or null.</summary>
    public RegistryRateLimit? RateLimit => Volatile.Read(ref _rateLimit);

    /// <summary>Sends a request; its address may be relative to the registry's.</summary>
    /// <returns>The answer, whatever its status; owned by the caller.</returns>
    /// <exception cref="RegistryException">There was no answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, AccessScopes scopes, CancellationToken cancellationToken)
    {
        request.RequestUri = new Uri(Boundary.Origin, request.RequestUri!);
        request.Options.Set(AccessScopes.OptionsKey, scopes);
        request.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        HttpResponseMessage response = await SendAsync(_stack, request, cancellationToken).ConfigureAwait(false);
        if (RegistryRateLimit.Read(response.Headers) is { } limit)
        {
            Volatile.Write(ref _rateLimit, limit);
        }

        return response;
    }

    /// <summary>Sends a request, with every way of getting no answer turned into one exception.</summary>
    public static async Task<HttpResponseMessage> SendAsync(HttpMessageInvoker transport, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException and not RegistryException)
        {
            string reason = e.InnerException is AuthenticationException tls ? $"{e.Message} {tls.Message}" : e.Message;
            throw new RegistryException($"{RegistryAnswer.Describe(request)}: {reason}", url: RegistryAnswer.Redact(request.RequestUri), inner: e)
            {
                IsTransient = RetryHandler.IsTransient(e),
            };
        }
    }

    private static HttpMessageHandler Log(RegistryClientOptions options, HttpMessageHandler inner)
        => options.LoggerFactory is null ? inner : new LoggingHandler(options.LoggerFactory.CreateLogger("ContainerKit.Oci.Registry"), options.TimeProvider, inner);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stack.Dispose();
        _own.Dispose();
        _foreign.Dispose();
    }
}
