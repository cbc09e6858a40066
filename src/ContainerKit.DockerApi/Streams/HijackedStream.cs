using System.IO.Pipelines;

namespace ContainerKit.DockerApi.Streams;

/// <summary>A connection that was taken over.</summary>
/// <param name="Input">What the client sends; completed when it closes its half.</param>
/// <param name="Output">What the client gets. One writer at a time.</param>
internal sealed record HijackedStream(PipeReader Input, PipeWriter Output)
{
    /// <summary>Ends the output where that can be done before the connection's end; null where the connection's end is its end.</summary>
    internal Action? OutputEnd { get; init; }

    /// <summary>Everything is written and flushed: the client sees the end now, and not when everything behind it is tidied up.</summary>
    internal void EndOutput() => OutputEnd?.Invoke();
}
