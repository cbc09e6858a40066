using System.Buffers.Binary;

namespace ContainerKit.Linux.Netlink;

/// <summary>Changes of one table of nf_tables that are done together: all of them or none.</summary>
public sealed class FilterBatch
{
    private const ushort NewTable = 0;
    private const ushort DeleteTableMessage = 2;
    private const ushort NewChain = 3;
    private const ushort NewRule = 6;
    private const ushort NewSet = 9;
    private const ushort NewElement = 12;
    private const ushort DeleteElement = 14;
    private const ushort Subsystem = 10 << 8;
    private const ushort BatchBegin = 0x10;
    private const ushort BatchEnd = 0x11;
    private const uint OwnedByTheSocket = 2;
    private const uint IsMap = 8;
    private const uint VerdictType = 0xffffff00;

    /// <summary>Any number but that of verdicts: only nft(8) looks at it.</summary>
    private const uint PlainType = 4;

    /// <summary>A list of elements is one attribute, which is at most 64 KiB long.</summary>
    private const int ElementsAtOnce = 500;

    private const ushort PlainRequest = NetlinkSocket.Request;
    private readonly NetlinkWriter _writer = new();
    private readonly List<string> _requests = [];
    private uint _setId;

    /// <summary>Begins a batch.</summary>
    /// <param name="family">The table's family.</param>
    /// <param name="table">The table's name.</param>
    public FilterBatch(FilterFamily family, string table)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        (Family, Table) = (family, table);
        Begin(BatchBegin, FilterFamily.None, PlainRequest, "begin", resource: 10);
        _writer.EndMessage();
    }

    /// <summary>The table's family.</summary>
    public FilterFamily Family { get; }

    /// <summary>The table's name.</summary>
    public string Table { get; }

    internal IReadOnlyList<string> Requests => _requests;

    /// <summary>Makes the table.</summary>
    /// <param name="owned">True: only this socket may change it, and the kernel removes it when the socket is closed. Linux 5.12.</param>
    /// <param name="mayExist">True: one that is there already is left as it is.</param>
    /// <returns>This batch.</returns>
    public FilterBatch AddTable(bool owned, bool mayExist = false)
    {
        int exclusive = mayExist ? 0 : NetlinkSocket.Exclusive;
        Begin(Subsystem | NewTable, Family, (ushort)(PlainRequest | NetlinkSocket.Create | exclusive), $"add table {Table}");
        _writer.Text(1, Table);
        _writer.UInt32BigEndian(2, owned ? OwnedByTheSocket : 0);
        _writer.EndMessage();
        return this;
    }

    /// <summary>Removes the table with all that is in it.</summary>
    /// <returns>This batch.</returns>
    public FilterBatch DeleteTable()
    {
        Begin(Subsystem | DeleteTableMessage, Family, PlainRequest, $"delete table {Table}");
        _writer.Text(1, Table);
        _writer.EndMessage();
        return this;
    }

    /// <summary>Makes a chain.</summary>
    /// <param name="chain">The chain.</param>
    /// <returns>This batch.</returns>
    public FilterBatch AddChain(FilterChain chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        Begin(Subsystem | NewChain, Family, PlainRequest | NetlinkSocket.Create, $"add chain {Table} {chain.Name}");
        _writer.Text(1, Table);
        _writer.Text(3, chain.Name);
        if (chain.Hook is { } hook)
        {
            int nested = _writer.BeginNested(4);
            _writer.UInt32BigEndian(1, (uint)hook);
            _writer.UInt32BigEndian(2, (uint)chain.Priority);
            _writer.EndNested(nested);
            _writer.Text(7, chain.Type);
        }

        _writer.EndMessage();
        return this;
    }

    /// <summary>Makes a set or map.</summary>
    /// <param name="set">The set.</param>
    /// <returns>This batch.</returns>
    public FilterBatch AddSet(RuleSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        Begin(Subsystem | NewSet, Family, PlainRequest | NetlinkSocket.Create, $"add set {Table} {set.Name}");
        _writer.Text(1, Table);
        _writer.Text(2, set.Name);
        _writer.UInt32BigEndian(3, set.HasVerdicts || set.ValueLength is not null ? IsMap : 0);
        _writer.UInt32BigEndian(4, PlainType);
        _writer.UInt32BigEndian(5, (uint)set.KeyLength);
        if (set.HasVerdicts)
        {
            _writer.UInt32BigEndian(6, VerdictType);
        }
        else if (set.ValueLength is { } length)
        {
            _writer.UInt32BigEndian(6, PlainType);
            _writer.UInt32BigEndian(7, (uint)length);
        }

        _writer.UInt32BigEndian(10, ++_setId);
        _writer.EndMessage();
        return this;
    }

    /// <summary>Adds elements; one that is there already stays, unless it is to have another value.</summary>
    /// <param name="set">The set's name.</param>
    /// <param name="elements">The elements.</param>
    /// <returns>This batch.</returns>
    public FilterBatch AddElements(string set, params IEnumerable<FilterElement> elements)
        => Elements(NewElement, PlainRequest | NetlinkSocket.Create, "add elements to", set, elements);

    /// <summary>Removes elements; the batch fails when one is not there (ENOENT).</summary>
    /// <param name="set">The set's name.</param>
    /// <param name="elements">The elements, of which only the keys count.</param>
    /// <returns>This batch.</returns>
    public FilterBatch RemoveElements(string set, params IEnumerable<FilterElement> elements)
        => Elements(DeleteElement, PlainRequest, "delete elements of", set, elements.Select(element => element with { Value = [] }));

    /// <summary>Appends a rule to a chain.</summary>
    /// <param name="chain">The chain's name.</param>
    /// <param name="rule">The rule.</param>
    /// <returns>This batch.</returns>
    public FilterBatch AddRule(string chain, FilterRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Begin(Subsystem | NewRule, Family, PlainRequest | NetlinkSocket.Create | NetlinkSocket.Append, $"add rule to {Table} {chain}");
        _writer.Text(1, Table);
        _writer.Text(2, chain);
        int nested = _writer.BeginNested(4);
        ReadOnlySpan<byte> expressions = rule.Expressions;
        expressions.CopyTo(_writer.Extend(expressions.Length));
        _writer.EndNested(nested);
        _writer.EndMessage();
        return this;
    }

    /// <summary>The finished batch.</summary>
    internal ReadOnlySpan<byte> Finish()
    {
        Begin(BatchEnd, FilterFamily.None, PlainRequest, "commit", resource: 10);
        _writer.EndMessage();
        return _writer.Written;
    }

    private FilterBatch Elements(ushort type, int flags, string verb, string set, IEnumerable<FilterElement> elements)
    {
        foreach (FilterElement[] some in elements.Chunk(ElementsAtOnce))
        {
            Begin((ushort)(Subsystem | type), Family, (ushort)flags, $"{verb} {Table} {set}");
            _writer.Text(1, Table);
            _writer.Text(2, set);
            int list = _writer.BeginNested(3);
            foreach (FilterElement element in some)
            {
                Element(element);
            }

            _writer.EndNested(list);
            _writer.EndMessage();
        }

        return this;
    }

    private void Element(FilterElement element)
    {
        int nested = _writer.BeginNested(1);
        int key = _writer.BeginNested(1);
        _writer.Bytes(1, element.Key.AsSpan());
        _writer.EndNested(key);
        if (!element.Value.IsDefaultOrEmpty)
        {
            int value = _writer.BeginNested(2);
            _writer.Bytes(1, element.Value.AsSpan());
            _writer.EndNested(value);
        }

        _writer.EndNested(nested);
    }

    /// <summary>Header and struct nfgenmsg.</summary>
    private void Begin(ushort type, FilterFamily family, ushort flags, string request, ushort resource = 0)
    {
        _writer.BeginMessage(type, flags, (uint)_requests.Count);
        Span<byte> header = _writer.Extend(4);
        header[0] = (byte)family;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], resource);
        _requests.Add(request);
    }
}
