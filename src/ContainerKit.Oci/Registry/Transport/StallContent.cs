using System.Net;

namespace ContainerKit.Oci.Registry.Transport;

/// <summary>The content of an answer, read with a limit on standing still.</summary>
internal sealed class StallContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly RegistryClientOptions _options;

    public StallContent(HttpContent inner, RegistryClientOptions options)
    {
        _inner = inner;
        _options = options;
        foreach ((string name, IEnumerable<string> values) in inner.Headers.NonValidated.Select(header => (header.Key, (IEnumerable<string>)header.Value)))
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    /// <inheritdoc/>
    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken)
        => new StallStream(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), _options);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _inner.CopyToAsync(stream, context);

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
