using System.Buffers;
using System.Threading.Channels;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Storage.Packing;

/// <summary>
/// Between who reads a tree and who writes another: both work at the same time, the reader ahead of the writer by a bounded number of pieces.
/// Files of others are read from one file system and made on another, so that two processors have about the same to do.
/// </summary>
internal sealed class EntryPipe : ITarReceiver, ITarContent
{
    /// <summary>Of at most 256 KiB each.</summary>
    private const int Capacity = 64;

    private readonly Channel<Piece> _pieces = Channel.CreateBounded<Piece>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });
    private Piece _current;
    private bool _isLent;

    private EntryPipe()
    {
    }

    /// <summary>Reads and writes until both are at their end; where one fails the other stops.</summary>
    /// <param name="read">Reads the tree into the receiver that it is given.</param>
    /// <param name="receiver">Gets the entries, in their order.</param>
    /// <param name="cancellationToken">Stops both.</param>
    public static async Task RunAsync(Func<ITarReceiver, CancellationToken, Task> read, ITarReceiver receiver, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pipe = new EntryPipe();
        Task writing = Task.Run(() => pipe.WriteAsync(receiver, stop), CancellationToken.None);
        try
        {
            await read(pipe, stop.Token).ConfigureAwait(false);
            pipe._pieces.Writer.Complete();
        }
        catch (Exception failure)
        {
            pipe._pieces.Writer.TryComplete(failure);
            await stop.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            if (failure is OperationCanceledException or ChannelClosedException)
            {
                await writing.ConfigureAwait(false); // its failure is why reading was stopped
            }
            throw;
        }
        await writing.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask AddAsync(TarEntry entry, ITarContent? content, CancellationToken cancellationToken)
    {
        // A piece is sent when it is known whether another follows, so that a small file is one piece with its entry and its content.
        var piece = new Piece(entry, null, 0, 0, HasMore: false);
        while (content is not null && await content.ReadDataAsync(cancellationToken).ConfigureAwait(false) is { } data)
        {
            byte[]? buffer = (content as FileContent)?.Detach();
            if (buffer is null)
            {
                buffer = ArrayPool<byte>.Shared.Rent(data.Content.Length);
                data.Content.CopyTo(buffer);
            }
            if (piece.Buffer is null)
            {
                piece = piece with { Buffer = buffer, Length = data.Content.Length, Offset = data.Offset };
                continue;
            }
            await _pieces.Writer.WriteAsync(piece with { HasMore = true }, cancellationToken).ConfigureAwait(false);
            piece = new Piece(null, buffer, data.Content.Length, data.Offset, HasMore: false);
        }
        await _pieces.Writer.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    async ValueTask<TarData?> ITarContent.ReadDataAsync(CancellationToken cancellationToken)
    {
        bool isFirst = !_isLent;
        GiveBack();
        if (!isFirst)
        {
            if (!_current.HasMore)
            {
                return null;
            }
            _current = await _pieces.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        _isLent = true;
        return _current.Buffer is null ? null : new TarData(_current.Offset, _current.Buffer.AsMemory(0, _current.Length));
    }

    private async Task WriteAsync(ITarReceiver receiver, CancellationTokenSource stop)
    {
        try
        {
            while (await _pieces.Reader.WaitToReadAsync(stop.Token).ConfigureAwait(false))
            {
                while (_pieces.Reader.TryRead(out _current))
                {
                    _isLent = false;
                    await receiver.AddAsync(_current.Entry!, _current.Buffer is null ? null : this, stop.Token).ConfigureAwait(false);
                    while (await ((ITarContent)this).ReadDataAsync(stop.Token).ConfigureAwait(false) is not null)
                    {
                        // What the receiver had no use for.
                    }
                }
            }
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void GiveBack()
    {
        if (_isLent && _current.Buffer is { } buffer)
        {
            _current = _current with { Buffer = null };
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>An entry with the beginning of its content, or what follows of it.</summary>
    private readonly record struct Piece(TarEntry? Entry, byte[]? Buffer, int Length, long Offset, bool HasMore);
}
