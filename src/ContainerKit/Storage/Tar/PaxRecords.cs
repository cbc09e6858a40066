using System.Buffers.Text;

namespace ContainerKit.Storage.Tar;

/// <summary>The records of a PAX extended header: those that matter, as bytes.</summary>
internal sealed class PaxRecords
{
    private const string Malformed = "PAX header";
    private const int MaxExtents = 1_000_000;

    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TarAttribute> _attributes = new(StringComparer.Ordinal);
    private List<TarExtent>? _extents;
    private long? _extentOffset;

    /// <summary>Extended attributes, names without the prefix.</summary>
    public IReadOnlyList<TarAttribute> Attributes => [.. _attributes.Values];

    /// <summary>The extents of a sparse file of GNU's formats 0.0 and 0.1, which keep them here; not yet checked.</summary>
    public IReadOnlyList<TarExtent>? Extents => _extents;

    /// <summary>A record's value, or null; empty values were asked to be as if they were not there (POSIX).</summary>
    public byte[]? this[string key] => _values.GetValueOrDefault(key) is { Length: > 0 } value ? value : null;

    /// <summary>Parses <c>length key=value\n</c> records. A later record replaces an earlier one.</summary>
    public static PaxRecords Parse(ReadOnlySpan<byte> content)
    {
        var records = new PaxRecords();
        while (!content.IsEmpty)
        {
            // The length counts its own digits, the space and the line feed.
            if (!Utf8Parser.TryParse(content, out int length, out int digits) || length <= digits + 2 || length > content.Length
                || content[0] is (byte)'+' or (byte)'-' || content[digits] != (byte)' ' || content[length - 1] != (byte)'\n')
            {
                throw TarNumber.Malformed(Malformed);
            }
            ReadOnlySpan<byte> record = content[(digits + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0)
            {
                throw TarNumber.Malformed(Malformed);
            }
            records.Add(record[..equals], record[(equals + 1)..]);
            content = content[length..];
        }
        return records;
    }

    private void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> attributePrefix = "SCHILY.xattr."u8;
        if (key.StartsWith(attributePrefix))
        {
            byte[] name = key[attributePrefix.Length..].ToArray();
            if (name.Length == 0 || name.Contains((byte)0))
            {
                throw TarNumber.Malformed("extended attribute");
            }
            _attributes[System.Text.Encoding.Latin1.GetString(name)] = new TarAttribute(name, value.ToArray());
        }
        else if (key.SequenceEqual("GNU.sparse.offset"u8))
        {
            _extentOffset = TarNumber.ParseDecimal(value, "sparse map");
        }
        else if (key.SequenceEqual("GNU.sparse.numbytes"u8))
        {
            AddExtent(_extentOffset ?? throw TarNumber.Malformed("sparse map"), TarNumber.ParseDecimal(value, "sparse map"));
            _extentOffset = null;
        }
        else if (key.SequenceEqual("GNU.sparse.map"u8))
        {
            AddExtents(value);
        }
        else
        {
            _values[System.Text.Encoding.Latin1.GetString(key)] = value.ToArray();
        }
    }

    private void AddExtents(ReadOnlySpan<byte> map)
    {
        _extents = [];
        while (!map.IsEmpty)
        {
            long offset = Next(ref map);
            AddExtent(offset, Next(ref map));
        }

        static long Next(ref ReadOnlySpan<byte> map)
        {
            int comma = map.IndexOf((byte)',');
            ReadOnlySpan<byte> number = comma < 0 ? map : map[..comma];
            map = comma < 0 ? default : map[(comma + 1)..];
            return TarNumber.ParseDecimal(number, "sparse map");
        }
    }

    private void AddExtent(long offset, long length)
    {
        _extents ??= [];
        if (_extents.Count == MaxExtents)
        {
            throw TarNumber.Malformed("sparse map");
        }
        _extents.Add(new TarExtent(offset, length));
    }
}
