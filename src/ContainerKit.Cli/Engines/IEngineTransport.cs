namespace ContainerKit.Cli.Engines;

/// <summary>The way from a command to an engine: the requests of Docker's API, to a server or to the engine of this process.</summary>
internal interface IEngineTransport : IAsyncDisposable
{
    /// <summary>Where that is, for messages.</summary>
    string Name { get; }

    /// <summary>True when the other end outlives this process.</summary>
    bool IsServer { get; }

    /// <summary>The answer's head; its body comes as it is read.</summary>
    Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken);

    /// <summary>As <see cref="SendAsync"/>, for requests that take the connection over; the connection is null when the answer is an error.</summary>
    Task<(HttpResponseMessage Response, HijackedConnection? Connection)> HijackAsync(HttpRequestMessage request, CancellationToken cancellationToken);
}
