namespace ContainerKit.Cli.Engines;

/// <summary>A connection that carries the input and output of a container or a command.</summary>
/// <param name="stream">Both directions.</param>
/// <param name="closeInput">Tells the other end that no more input comes; output goes on.</param>
internal sealed class HijackedConnection(Stream stream, Func<Task> closeInput) : IAsyncDisposable
{
    /// <summary>What the engine sends, and what it is sent.</summary>
    public Stream Stream { get; } = stream;

    public Task CloseInputAsync() => closeInput();

    public ValueTask DisposeAsync() => Stream.DisposeAsync();
}
