using System.IO.Pipelines;

namespace ContainerKit.DockerApi.Streams;

/// <summary>A connection that was taken over.</summary>
/// <param name="Input">What the client sends; completed when it closes its half.</param>
/// <param name="Output">What the client gets. One writer at a time.</param>
internal sealed record HijackedStream(PipeReader Input, PipeWriter Output);
