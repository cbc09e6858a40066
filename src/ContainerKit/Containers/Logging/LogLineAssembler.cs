using System.Buffers;
using ContainerKit.Containers.Streams;

namespace ContainerKit.Containers.Logging;

/// <summary>
/// Cuts one stream into lines and encodes them. A line that is longer than 16 KiB becomes pieces, of which only the last ends with a line
/// feed and
/// which share the time of the first, as in Docker's logs; pieces are cut between characters.
/// </summary>
internal sealed class LogLineAssembler(LogStream stream)
{
    /// <summary>Docker's limit.</summary>
    internal const int MaximumPiece = 16 * 1024;

    private readonly PooledBuffer _carry = new();
    private byte[]? _pieceTime;

    internal void Append(in ReadOnlySequence<byte> data, PooledBuffer output, ReadOnlySpan<byte> time)
    {
        foreach (ReadOnlyMemory<byte> segment in data)
            Append(segment.Span, output, time);
    }

    /// <summary>Encodes what came after the last line feed, as a piece without one; at the end of the stream.</summary>
    internal void Complete(PooledBuffer output, ReadOnlySpan<byte> time)
    {
        if (_carry.Length > 0)
            LogLineEncoder.Encode(output, _carry.Span, endsLine: false, stream, _pieceTime ?? time);
        _carry.Clear();
        _pieceTime = null;
    }

    private void Append(ReadOnlySpan<byte> data, PooledBuffer output, ReadOnlySpan<byte> time)
    {
        while (!data.IsEmpty)
        {
            int end = data.IndexOf((byte)'\n');
            ReadOnlySpan<byte> rest = end < 0 ? data : data[..end];
            data = end < 0 ? [] : data[(end + 1)..];
            rest = EncodeFullPieces(rest, output, time);
            if (end < 0)
            {
                _carry.Append(rest);
                return;
            }

            if (_carry.Length > 0)
            {
                _carry.Append(rest);
                rest = _carry.Span;
            }

            LogLineEncoder.Encode(output, rest, endsLine: true, stream, _pieceTime ?? time);
            _carry.Clear();
            _pieceTime = null;
        }
    }

    private ReadOnlySpan<byte> EncodeFullPieces(ReadOnlySpan<byte> rest, PooledBuffer output, ReadOnlySpan<byte> time)
    {
        while (_carry.Length + rest.Length > MaximumPiece)
        {
            int taken = MaximumPiece - _carry.Length;
            _carry.Append(rest[..taken]);
            rest = rest[taken..];
            _pieceTime ??= time.ToArray();
            int cut = CutBetweenCharacters(_carry.Span);
            LogLineEncoder.Encode(output, _carry.Span[..cut], endsLine: false, stream, _pieceTime);
            _carry.Consume(cut);
        }

        return rest;
    }

    /// <summary>The length without a UTF-8 sequence that is begun at the end and not completed there.</summary>
    private static int CutBetweenCharacters(ReadOnlySpan<byte> piece)
    {
        for (int back = 1; back <= 3 && back < piece.Length; back++)
        {
            byte value = piece[^back];
            if ((value & 0xC0) == 0x80)
                continue;
            int needed = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : value >= 0xC0 ? 2 : 1;
            return needed > back ? piece.Length - back : piece.Length;
        }

        return piece.Length;
    }
}
