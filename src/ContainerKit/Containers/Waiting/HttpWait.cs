using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using ContainerKit.Containers.Waiting;

namespace ContainerKit;

/// <summary>
/// Until an HTTP server in the container answers as it should, from <see cref="Wait.ForHttp"/>. It is asked at the published port; as root also at the
/// container's own address when the port is not published. Redirections are not followed, proxies not used.
/// </summary>
public sealed record HttpWait : WaitStrategy
{
    internal HttpWait(int containerPort) => ContainerPort = containerPort;

    /// <summary>The container's port.</summary>
    public int ContainerPort { get; }

    /// <summary>Path and query. Default <c>/</c>.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The method. Default GET.</summary>
    public HttpMethod Method { get; init; } = HttpMethod.Get;

    /// <summary>True: HTTPS. Default false.</summary>
    public bool UsesTls { get; init; }

    /// <summary>True: any certificate is accepted, since servers in test containers sign their own. Default true.</summary>
    public bool AcceptsAnyCertificate { get; init; } = true;

    /// <summary>How long one request may take. Default 10 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Headers of the request.</summary>
    public ImmutableSortedDictionary<string, string> RequestHeaders { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The statuses that are good; null: 200 to 299.</summary>
    internal Func<HttpStatusCode, bool>? Status { get; init; }

    /// <summary>Header and value that the answer must have; a null value: any.</summary>
    internal ImmutableArray<(string Name, Func<string, bool>? Value)> ResponseHeaders { get; init; } = [];

    internal Func<string, bool>? Body { get; init; }

    /// <summary>Asks by HTTPS.</summary>
    /// <param name="acceptAnyCertificate">False: the certificate must be valid for the address that is asked.</param>
    public HttpWait WithTls(bool acceptAnyCertificate = true) => this with { UsesTls = true, AcceptsAnyCertificate = acceptAnyCertificate };

    /// <summary>Sets the method.</summary>
    public HttpWait WithMethod(HttpMethod method) => this with { Method = method };

    /// <summary>Sets the statuses that are good.</summary>
    public HttpWait WithStatus(params IEnumerable<HttpStatusCode> statuses)
    {
        ImmutableArray<HttpStatusCode> good = [.. statuses];
        return this with { Status = good.Contains };
    }

    /// <summary>Sets which statuses are good.</summary>
    public HttpWait WithStatus(Func<HttpStatusCode, bool> isGood) => this with { Status = isGood };

    /// <summary>Adds a header to the request.</summary>
    public HttpWait WithRequestHeader(string name, string value) => this with { RequestHeaders = RequestHeaders.SetItem(name, value) };

    /// <summary>Adds basic authentication to the request, RFC 7617.</summary>
    public HttpWait WithBasicAuthentication(string user, string password)
        => WithRequestHeader("Authorization", "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password}")));

    /// <summary>Wants a header in the answer.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isGood">What its value must fulfil; null: it must be there.</param>
    public HttpWait WithResponseHeader(string name, Func<string, bool>? isGood = null) => this with { ResponseHeaders = ResponseHeaders.Add((name, isGood)) };

    /// <summary>Wants something of the answer's body, of which 1 MiB is read.</summary>
    public HttpWait WithBody(Func<string, bool> isGood) => this with { Body = isGood };

    /// <inheritdoc cref="WaitStrategy.WithTimeout"/>
    public new HttpWait WithTimeout(TimeSpan timeout) => (HttpWait)base.WithTimeout(timeout);

    /// <inheritdoc cref="WaitStrategy.WithInterval"/>
    public new HttpWait WithInterval(TimeSpan interval) => (HttpWait)base.WithInterval(interval);

    internal override string Describe()
        => string.Create(CultureInfo.InvariantCulture, $"{Method} {(UsesTls ? "https" : "http")}://…:{ContainerPort}{Path}");

    internal override async Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken)
    {
        using var requests = new HttpWaitClient(this);
        return await context.LookAsync(this, LookAsync, cancellationToken).ConfigureAwait(false);

        async ValueTask<bool> LookAsync(CancellationToken token)
        {
            IPEndPoint? endpoint;
            try
            {
                endpoint = FindAddress(await context.Container.InspectAsync(token).ConfigureAwait(false));
            }
            catch (InvalidStateException e)
            {
                // It ended between two looks at it. Whether it comes back is the matter of who runs this wait.
                progress.NotYet(e.Message, e);
                return false;
            }

            if (endpoint is null)
            {
                progress.NotYet(string.Create(CultureInfo.InvariantCulture, $"the port has no address on this machine: add WithPort({ContainerPort}) to the spec"));
                return false;
            }

            (string? problem, Exception? cause) = await requests.AskAsync(endpoint, token).ConfigureAwait(false);
            if (problem is null)
                return true;
            progress.NotYet(problem, cause);
            return false;
        }

        IPEndPoint? FindAddress(ContainerInfo info)
        {
            if (info.Ports.Any(published => published.ContainerPort == ContainerPort && published.Protocol == PortProtocol.Tcp))
                return context.Container.GetHostEndpoint(ContainerPort);
            IPAddress? own = info.Spec.Network == NetworkMode.Host
                ? IPAddress.Loopback
                : Environment.IsPrivilegedProcess ? info.Networks.Select(endpoint => endpoint.IPv4Address ?? endpoint.IPv6Address).FirstOrDefault() : null;
            return own is null ? null : new IPEndPoint(own, ContainerPort);
        }
    }
}
