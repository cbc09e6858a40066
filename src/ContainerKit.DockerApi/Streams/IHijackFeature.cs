namespace ContainerKit.DockerApi.Streams;

/// <summary>A connection that a request can take over.</summary>
internal interface IHijackFeature
{
    /// <summary>True once it is taken over: no more answers can be written through HTTP.</summary>
    bool IsHijacked { get; }

    /// <summary>A request was parsed, and whether its route takes the connection over: then a half-closed connection is no vanished client.</summary>
    void BeginRequest(bool hijacks);

    /// <summary>The request's handler has ended.</summary>
    void EndRequest();

    /// <summary>Takes the connection over, and sends the head of the answer: status and headers, a line each, without the empty line.</summary>
    Task<HijackedStream> HijackAsync(IEnumerable<string> head, CancellationToken cancellationToken);
}
