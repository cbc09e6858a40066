using ContainerKit.Oci.Registry.Transport;

namespace ContainerKit.Oci.Registry.Transfer;

/// <summary>Reads a blob over as many connections as it takes: where one breaks, the next goes on (RFC 9110, Range).</summary>
/// <param name="open">Opens the blob at an offset.</param>
/// <param name="offset">Where to begin.</param>
/// <param name="size">Where the blob ends.</param>
/// <param name="delays">How often to try again.</param>
internal sealed class ResumingStream(Func<long, CancellationToken, Task<Stream>> open, long offset, long size, RetryDelays delays) : ForwardStream
{
    /// <summary>A connection that brought less than this counts as a failure in a row, so that a server which gives a byte each time comes to an end.</summary>
    private const long Headway = 64 * 1024;

    private Stream? _current;
    private long _position = offset;
    private long _lastFailure = offset;
    private int _failures;

    /// <summary>Takes a stream that is open at the beginning already.</summary>
    public void Begin(Stream stream) => _current = stream;

    /// <inheritdoc/>
    /// <exception cref="RegistryException">The blob can't be had to its end.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                _current ??= await open(_position, cancellationToken).ConfigureAwait(false);
                int read = await _current.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                _position += read;
                if (read > 0 || _position >= size || buffer.IsEmpty)
                {
                    return read;
                }

                await CountFailureAsync(null, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (RetryHandler.IsTransient(e))
            {
                await CountFailureAsync(e, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_current is not null)
        {
            await _current.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _current?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask CountFailureAsync(Exception? cause, CancellationToken cancellationToken)
    {
        if (_current is not null)
        {
            await _current.DisposeAsync().ConfigureAwait(false);
            _current = null;
        }

        _failures = _position - _lastFailure >= Headway ? 0 : _failures;
        _lastFailure = _position;
        if (!delays.Allows(_failures, null))
        {
            throw new RegistryException($"The transfer broke off after {_position} of {size} bytes. {cause?.Message}".TrimEnd(), inner: cause) { IsTransient = true };
        }

        await delays.WaitAsync(_failures, null, cancellationToken).ConfigureAwait(false);
        _failures++;
    }
}
