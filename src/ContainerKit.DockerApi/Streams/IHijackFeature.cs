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

    /// <summary>Takes the connection over, and sends the head of the answer.</summary>
    /// <param name="head">Status and headers, a line each, without the empty line.</param>
    /// <param name="readTime">
    /// What the client gets to read the head before anything else is sent; less, where it can be seen that it has. Zero for clients that find its end
    /// wherever it is.
    /// </param>
    /// <param name="cancellationToken">Gives up; the connection is of no more use.</param>
    Task<HijackedStream> HijackAsync(IEnumerable<string> head, TimeSpan readTime, CancellationToken cancellationToken);
}
