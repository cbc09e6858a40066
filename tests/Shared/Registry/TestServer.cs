using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ContainerKit.TestSupport.Registry;

/// <summary>An HTTP server on a free port of 127.0.0.1 that remembers what it was asked, and fails when a test wants it to.</summary>
public abstract class TestServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly CancellationTokenSource _ending = new();
    private readonly bool _isSecure;

    protected TestServer(X509Certificate2? certificate)
    {
        _isSecure = certificate is not null;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
            options.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (certificate is not null)
                {
                    listen.UseHttps(new HttpsConnectionAdapterOptions
                    {
                        ServerCertificate = certificate,
                        ClientCertificateMode = ClientCertificateMode.AllowCertificate,
                        ClientCertificateValidation = (_, _, _) => true,
                    });
                }
            });
        });
        _application = builder.Build();
        _application.Run(RunAsync);
    }

    public int Port { get; private set; }

    /// <summary>The name as references have it.</summary>
    public string Name => $"127.0.0.1:{Port}";

    public Uri Address => new($"{(_isSecure ? "https" : "http")}://{Name}/");

    public ConcurrentQueue<TestRequest> Requests { get; } = new();

    /// <summary>Subjects of client certificates that were shown.</summary>
    public ConcurrentBag<string> ClientCertificates { get; } = [];

    /// <summary>Asked first; true where it has answered.</summary>
    public Func<HttpContext, Task<bool>>? Fault { get; set; }

    /// <summary>Ends with the server, so that a stalled answer does not outlive it.</summary>
    public CancellationToken Ending => _ending.Token;

    public int Count(string method, string pathPart)
        => Requests.Count(request => request.Method == method && request.Path.Contains(pathPart, StringComparison.Ordinal));

    /// <summary>Fails the first requests that match, then no more.</summary>
    public void FailFirst(int count, string method, string pathPart, Func<HttpContext, Task> fail)
    {
        int left = count;
        Func<HttpContext, Task<bool>>? previous = Fault;
        Fault = async context =>
        {
            if (context.Request.Method == method && context.Request.Path.Value!.Contains(pathPart, StringComparison.Ordinal) && Interlocked.Decrement(ref left) >= 0)
            {
                await fail(context);
                return true;
            }
            return previous is not null && await previous(context);
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _application.StopAsync(limit.Token);
        await _application.DisposeAsync();
        _ending.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task ListenAsync()
    {
        await _application.StartAsync();
        string address = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Port = new Uri(address).Port;
    }

    protected abstract Task AnswerAsync(HttpContext context);

    private async Task RunAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string? body = null;
        if (request.HasFormContentType)
        {
            using var reader = new StreamReader(request.Body);
            body = await reader.ReadToEndAsync();
        }
        Requests.Enqueue(new TestRequest(
            request.Method, request.Path.Value!, request.QueryString.Value ?? "", request.Headers.Authorization.FirstOrDefault(), request.Headers.Range.FirstOrDefault(), body));
        if (await context.Connection.GetClientCertificateAsync() is { } certificate)
        {
            ClientCertificates.Add(certificate.Subject);
        }
        if (Fault is null || !await Fault(context))
        {
            await AnswerAsync(context);
        }
    }
}
