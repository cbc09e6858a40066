using System.Buffers.Text;

namespace ContainerKit.Storage.Tar;

/// <summary>Where a sparse file has data, in GNU's formats.</summary>
internal static class SparseMap
{
    private const int MaxExtents = 1_000_000;
    private const string What = "sparse map";

    /// <summary>The extents of old GNU sparse files: 24 bytes each, up to the first that is empty.</summary>
    public static void AddOldGnu(List<TarExtent> extents, ReadOnlySpan<byte> entries)
    {
        const int entrySize = 24;
        for (; entries.Length >= entrySize && entries[0] != 0; entries = entries[entrySize..])
        {
            if (extents.Count == MaxExtents)
            {
                throw TarNumber.Malformed(What);
            }
            extents.Add(new TarExtent(TarNumber.ParseField(entries[..12], What), TarNumber.ParseField(entries[12..entrySize], What)));
        }
    }

    /// <summary>Format 1.0: decimal lines at the start of the data (their number, then offset and length each), padded to a block.</summary>
    /// <returns>The extents and the number of bytes read.</returns>
    public static async ValueTask<(List<TarExtent> Extents, long Consumed)> ReadFromDataAsync(TarInput input, long available, CancellationToken cancellationToken)
    {
        var lines = new LineReader(input, available);
        long count = await lines.NextAsync(cancellationToken).ConfigureAwait(false);
        if (count is < 0 or > MaxExtents)
        {
            throw TarNumber.Malformed(What);
        }
        var extents = new List<TarExtent>();
        for (long i = 0; i < count; i++)
        {
            long offset = await lines.NextAsync(cancellationToken).ConfigureAwait(false);
            extents.Add(new TarExtent(offset, await lines.NextAsync(cancellationToken).ConfigureAwait(false)));
        }
        return (extents, lines.Consumed);
    }

    /// <summary>Requires ascending extents inside the file whose lengths add up to what the archive holds.</summary>
    public static void Verify(IReadOnlyList<TarExtent> extents, long realSize, long stored)
    {
        long end = 0;
        long sum = 0;
        foreach (TarExtent extent in extents)
        {
            if (extent.Offset < end || extent.Length < 0 || extent.Length > realSize - extent.Offset)
            {
                throw TarNumber.Malformed(What);
            }
            end = extent.Offset + extent.Length;
            sum += extent.Length;
        }
        if (realSize < 0 || sum != stored)
        {
            throw TarNumber.Malformed(What);
        }
    }

    private sealed class LineReader(TarInput input, long available)
    {
        private byte[] _block = [];
        private int _position;

        public long Consumed { get; private set; }

        public async ValueTask<long> NextAsync(CancellationToken cancellationToken)
        {
            const int maxDigits = 20;
            byte[] digits = new byte[maxDigits];
            int length = 0;
            while (true)
            {
                if (_position == _block.Length)
                {
                    Consumed += TarInput.BlockSize;
                    if (Consumed > available)
                    {
                        throw TarNumber.Malformed(What);
                    }
                    _block = (await input.ReadBlockAsync(cancellationToken).ConfigureAwait(false)).ToArray();
                    _position = 0;
                    if (_block.Length == 0)
                    {
                        throw TarNumber.Malformed(What);
                    }
                }
                byte next = _block[_position++];
                if (next == '\n')
                {
                    break;
                }
                if (length == maxDigits)
                {
                    throw TarNumber.Malformed(What);
                }
                digits[length++] = next;
            }
            return Utf8Parser.TryParse(digits.AsSpan(0, length), out long value, out int consumed) && consumed == length
                ? value
                : throw TarNumber.Malformed(What);
        }
    }
}
