using System.IO.Pipelines;
using System.Net;

namespace ContainerKit.Cli.Engines;

/// <summary>A body that is written while it is sent: archives of any size, without a copy of them.</summary>
internal sealed class PushContent : HttpContent
{
    private readonly Func<Stream, CancellationToken, Task> _write;

    public PushContent(string type, Func<Stream, CancellationToken, Task> write)
    {
        _write = write;
        Headers.ContentType = new(type);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _write(stream, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) => _write(stream, cancellationToken);

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    /// <summary>For the engine of this process, which reads while it is written.</summary>
    protected override Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken)
    {
        var pipe = new Pipe();
        _ = FillAsync(pipe.Writer, cancellationToken);
        return Task.FromResult(pipe.Reader.AsStream());
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    private async Task FillAsync(PipeWriter writer, CancellationToken cancellationToken)
    {
        try
        {
            Stream stream = writer.AsStream(leaveOpen: true);
            await using (stream.ConfigureAwait(false))
                await _write(stream, cancellationToken).ConfigureAwait(false);
            await writer.CompleteAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The reader gets it.
            await writer.CompleteAsync(e).ConfigureAwait(false);
        }
    }
}
