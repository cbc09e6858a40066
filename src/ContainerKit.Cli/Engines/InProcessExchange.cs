using System.IO.Pipelines;
using System.Net;
using System.Runtime.ExceptionServices;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ContainerKit.Cli.Engines;

/// <summary>One request to the endpoints in this process, and its answer: what a server's connection is otherwise.</summary>
internal sealed class InProcessExchange : HttpResponseFeature, IHttpResponseBodyFeature, IHttpRequestLifetimeFeature, IHijackFeature
{
    private readonly Pipe _body = new();
    private readonly Pipe _input = new();
    private readonly CancellationTokenSource _aborted;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DefaultHttpContext _context;
    private bool _hasStarted;
    private bool _wasAborted;

    public InProcessExchange(HttpRequestMessage request, Stream body, CancellationToken closing)
    {
        _aborted = CancellationTokenSource.CreateLinkedTokenSource(closing);
        RequestAborted = _aborted.Token;
        Stream = new AnswerStream(_body.Writer.AsStream(), StartNow);
        Writer = PipeWriter.Create(Stream, new StreamPipeWriterOptions(leaveOpen: true));
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(Describe(request, body));
        features.Set<IHttpResponseFeature>(this);
        features.Set<IHttpResponseBodyFeature>(this);
        features.Set<IHttpRequestLifetimeFeature>(this);
        features.Set<IHijackFeature>(this);
        _context = new DefaultHttpContext(features);
    }

    /// <summary>Completed when the answer's head is known.</summary>
    public Task Answered => _answered.Task;

    /// <summary>Not null once the request took the connection over.</summary>
    public HijackedConnection? Connection { get; private set; }

    public override bool HasStarted => _hasStarted;

    public Stream Stream { get; }

    public PipeWriter Writer { get; }

    public CancellationToken RequestAborted { get; set; }

    public bool IsHijacked => Connection is not null;

    public async Task RunAsync(ApiDispatcher dispatcher)
    {
        Exception? failure = null;
        try
        {
            await dispatcher.HandleAsync(_context).ConfigureAwait(false);
            await CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }

        // An answer that was begun ends as a connection that breaks: nobody may take it for a whole one.
        failure ??= _wasAborted ? new IOException("The engine gave the request up.") : null;
        await _body.Writer.CompleteAsync(failure).ConfigureAwait(false);
        await _input.Reader.CompleteAsync().ConfigureAwait(false);
        if (failure is not null && !_answered.Task.IsCompleted)
            _answered.TrySetException(failure);
        _answered.TrySetResult();
    }

    public HttpResponseMessage CreateResponse()
    {
        // What went wrong before there was an answer.
        if (_answered.Task.Exception?.InnerException is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        var response = new HttpResponseMessage((HttpStatusCode)StatusCode) { Content = IsHijacked ? new StreamContent(Stream.Null) : new StreamContent(_body.Reader.AsStream()) };
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in Headers)
        {
            if (!response.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                response.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        return response;
    }

    public void Abort()
    {
        _wasAborted = true;
        _aborted.Cancel();
    }

    public void DisableBuffering()
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        StartNow();
        return Task.CompletedTask;
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
        => SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    public async Task CompleteAsync()
    {
        StartNow();
        if (!IsHijacked)
            await Writer.FlushAsync().ConfigureAwait(false);
    }

    public void BeginRequest(bool hijacks)
    {
    }

    public void EndRequest()
    {
    }

    public Task<HijackedStream> HijackAsync(IEnumerable<string> head, TimeSpan readTime, CancellationToken cancellationToken)
    {
        StatusCode = StatusCodes.Status101SwitchingProtocols;
        foreach (string line in head.Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            Headers.Append(line[..colon], line[(colon + 1)..].Trim());
        }

        Stream input = _input.Writer.AsStream();
        Connection = new HijackedConnection(new DuplexStream(_body.Reader.AsStream(), input), async () => await _input.Writer.CompleteAsync().ConfigureAwait(false));
        StartNow();
        return Task.FromResult(new HijackedStream(_input.Reader, _body.Writer));
    }

    private static HttpRequestFeature Describe(HttpRequestMessage request, Stream body)
    {
        Uri address = request.RequestUri!;
        var feature = new HttpRequestFeature
        {
            Method = request.Method.Method,
            Scheme = "http",
            Protocol = "HTTP/1.1",
            Path = Uri.UnescapeDataString(address.AbsolutePath),
            QueryString = address.Query,
            Body = body,
        };
        foreach ((string name, IEnumerable<string> values) in request.Headers.Concat(request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>()))
            feature.Headers[name] = values.ToArray();
        return feature;
    }

    private void StartNow()
    {
        _hasStarted = true;
        _answered.TrySetResult();
    }
}
