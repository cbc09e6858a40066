using System.Buffers.Binary;

namespace ContainerKit.Linux.Netlink;

/// <summary>A rule of nf_tables: expressions that load, compare and look up, one after another; one that does not match ends the rule.</summary>
/// <remarks>
/// Values stand in sixteen registers of four bytes, counted from 0; a longer value takes several. A key of several fields is loaded into registers
/// that follow each other.
/// </remarks>
public sealed class FilterRule
{
    /// <summary>Connections that are known: established and related.</summary>
    public const uint StateKnown = 2 | 4;

    /// <summary>Packets that belong to no connection although they should.</summary>
    public const uint StateInvalid = 1;

    /// <summary>Connections whose destination was changed.</summary>
    public const uint StatusDestinationChanged = 1 << 5;

    private const int Equal = 0;
    private const int NotEqual = 1;
    private const int ConnectionState = 0;
    private const int ConnectionStatus = 2;
    private const int VerdictRegister = 0;
    private const int FirstRegister = 8;
    private const int DestinationNat = 1;
    private const int DestinationAddress = 2;
    private const int AddressType = 3;
    private const int Local = 2;

    /// <summary>The highest register: none of the rules needs more than a key of six fields at a time.</summary>
    private const int Scratch = 15;

    private readonly NetlinkWriter _expressions = new();

    /// <summary>The list of expressions; attributes without a message around them.</summary>
    internal ReadOnlySpan<byte> Expressions => _expressions.Written;

    /// <summary>Loads a field.</summary>
    /// <param name="field">Which.</param>
    /// <param name="register">Where to.</param>
    /// <returns>This rule.</returns>
    public FilterRule Load(FilterField field, int register)
    {
        int data = Begin("meta", out int element);
        _expressions.UInt32BigEndian(2, (uint)field);
        _expressions.UInt32BigEndian(1, Register(register));
        return End(data, element);
    }

    /// <summary>Loads bytes of the packet.</summary>
    /// <param name="header">From where the offset counts.</param>
    /// <param name="offset">In bytes.</param>
    /// <param name="length">1 to 16 bytes.</param>
    /// <param name="register">Where to.</param>
    /// <returns>This rule.</returns>
    public FilterRule Load(FilterHeader header, int offset, int length, int register)
    {
        int data = Begin("payload", out int element);
        _expressions.UInt32BigEndian(1, Register(register));
        _expressions.UInt32BigEndian(2, (uint)header);
        _expressions.UInt32BigEndian(3, (uint)offset);
        _expressions.UInt32BigEndian(4, (uint)length);
        return End(data, element);
    }

    /// <summary>Goes on if a register has a value.</summary>
    /// <param name="register">The register.</param>
    /// <param name="value">1 to 16 bytes; fewer than were loaded compare the beginning.</param>
    /// <returns>This rule.</returns>
    public FilterRule WhenEqual(int register, ReadOnlySpan<byte> value) => Compare(register, Equal, value);

    /// <summary>Goes on unless a register has a value.</summary>
    /// <param name="register">The register.</param>
    /// <param name="value">1 to 16 bytes.</param>
    /// <returns>This rule.</returns>
    public FilterRule UnlessEqual(int register, ReadOnlySpan<byte> value) => Compare(register, NotEqual, value);

    /// <summary>Goes on if the bits of a mask are as wanted.</summary>
    /// <param name="register">The register; changed by it.</param>
    /// <param name="mask">The bits that count.</param>
    /// <param name="value">How they are.</param>
    /// <returns>This rule.</returns>
    public FilterRule WhenMasked(int register, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> value)
    {
        Mask(register, mask);
        return Compare(register, Equal, value);
    }

    /// <summary>Goes on for packets of IPv4, or of IPv6.</summary>
    /// <param name="family">Which.</param>
    /// <returns>This rule.</returns>
    public FilterRule WhenFamily(FilterFamily family) => Load(FilterField.Family, Scratch).WhenEqual(Scratch, [(byte)family]);

    /// <summary>Goes on if the connection is in one of the states.</summary>
    /// <param name="states"><see cref="StateKnown"/>, <see cref="StateInvalid"/>.</param>
    /// <returns>This rule.</returns>
    public FilterRule WhenState(uint states) => Connection(ConnectionState, states);

    /// <summary>Goes on if the connection has one of the properties.</summary>
    /// <param name="status"><see cref="StatusDestinationChanged"/>.</param>
    /// <returns>This rule.</returns>
    public FilterRule WhenStatus(uint status) => Connection(ConnectionStatus, status);

    /// <summary>Goes on if the packet's destination is an address of this machine.</summary>
    /// <returns>This rule.</returns>
    public FilterRule WhenDestinationLocal()
    {
        int data = Begin("fib", out int element);
        _expressions.UInt32BigEndian(1, Register(Scratch));
        _expressions.UInt32BigEndian(2, AddressType);
        _expressions.UInt32BigEndian(3, DestinationAddress);
        End(data, element);
        return WhenEqual(Scratch, [Local, 0, 0, 0]);
    }

    /// <summary>Goes on if a key is in a set.</summary>
    /// <param name="set">The set's name.</param>
    /// <param name="register">The first register of the key.</param>
    /// <returns>This rule.</returns>
    public FilterRule WhenIn(string set, int register) => Lookup(set, register, null, isInverted: false);

    /// <summary>Goes on unless a key is in a set.</summary>
    /// <param name="set">The set's name.</param>
    /// <param name="register">The first register of the key.</param>
    /// <returns>This rule.</returns>
    public FilterRule UnlessIn(string set, int register) => Lookup(set, register, null, isInverted: true);

    /// <summary>Goes on if a key is in a map, and loads its value.</summary>
    /// <param name="map">The map's name.</param>
    /// <param name="register">The first register of the key.</param>
    /// <param name="value">The first register of the value.</param>
    /// <returns>This rule.</returns>
    public FilterRule Map(string map, int register, int value) => Lookup(map, register, Register(value), isInverted: false);

    /// <summary>Does what a map of verdicts says for a key; goes on when it says nothing.</summary>
    /// <param name="map">The map's name.</param>
    /// <param name="register">The first register of the key.</param>
    /// <returns>This rule.</returns>
    public FilterRule Decide(string map, int register) => Lookup(map, register, VerdictRegister, isInverted: false);

    /// <summary>Changes the connection's destination.</summary>
    /// <param name="family">IPv4 or IPv6.</param>
    /// <param name="address">The register of the new address.</param>
    /// <param name="port">The register of the new port.</param>
    /// <returns>This rule.</returns>
    public FilterRule ChangeDestination(FilterFamily family, int address, int port)
    {
        int data = Begin("nat", out int element);
        _expressions.UInt32BigEndian(1, DestinationNat);
        _expressions.UInt32BigEndian(2, (uint)family);
        _expressions.UInt32BigEndian(3, Register(address));
        _expressions.UInt32BigEndian(5, Register(port));
        return End(data, element);
    }

    /// <summary>Loads a value that is always the same.</summary>
    /// <param name="register">Where to.</param>
    /// <param name="value">1 to 16 bytes.</param>
    /// <returns>This rule.</returns>
    public FilterRule LoadValue(int register, ReadOnlySpan<byte> value)
    {
        int data = Begin("immediate", out int element);
        _expressions.UInt32BigEndian(1, Register(register));
        Value(2, value);
        return End(data, element);
    }

    /// <summary>Overwrites bytes of the packet's transport header, and corrects its checksum.</summary>
    /// <param name="register">What is written.</param>
    /// <param name="offset">In bytes.</param>
    /// <param name="length">1 to 16 bytes.</param>
    /// <param name="checksum">Where the checksum is: 16 in TCP, 6 in UDP.</param>
    /// <returns>This rule.</returns>
    public FilterRule Overwrite(int register, int offset, int length, int checksum)
    {
        const int InternetChecksum = 1;
        int data = Begin("payload", out int element);
        _expressions.UInt32BigEndian(2, (uint)FilterHeader.Transport);
        _expressions.UInt32BigEndian(3, (uint)offset);
        _expressions.UInt32BigEndian(4, (uint)length);
        _expressions.UInt32BigEndian(5, Register(register));
        _expressions.UInt32BigEndian(6, InternetChecksum);
        _expressions.UInt32BigEndian(7, (uint)checksum);
        return End(data, element);
    }

    /// <summary>Gives the connection the address of the interface that it leaves by as its source.</summary>
    /// <returns>This rule.</returns>
    public FilterRule Masquerade()
    {
        int data = Begin("masq", out int element);
        return End(data, element);
    }

    /// <summary>Ends this chain for the packet; other tables may still drop it.</summary>
    /// <returns>This rule.</returns>
    public FilterRule Accept() => Verdict(1, null);

    /// <summary>Drops the packet.</summary>
    /// <returns>This rule.</returns>
    public FilterRule Drop() => Verdict(0, null);

    /// <summary>Calls another chain, and goes on here when that has nothing to say.</summary>
    /// <param name="chain">Its name.</param>
    /// <returns>This rule.</returns>
    public FilterRule Jump(string chain) => Verdict(-3, chain);

    private FilterRule Verdict(int code, string? chain)
    {
        int data = Begin("immediate", out int element);
        _expressions.UInt32BigEndian(1, VerdictRegister);
        int value = _expressions.BeginNested(2);
        int verdict = _expressions.BeginNested(2);
        _expressions.UInt32BigEndian(1, (uint)code);
        if (chain is not null)
        {
            _expressions.Text(2, chain);
        }

        _expressions.EndNested(verdict);
        _expressions.EndNested(value);
        return End(data, element);
    }

    private FilterRule Connection(int key, uint bits)
    {
        int data = Begin("ct", out int element);
        _expressions.UInt32BigEndian(1, Register(Scratch));
        _expressions.UInt32BigEndian(2, (uint)key);
        End(data, element);
        Span<byte> mask = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(mask, bits);
        Mask(Scratch, mask);
        return Compare(Scratch, NotEqual, [0, 0, 0, 0]);
    }

    private void Mask(int register, ReadOnlySpan<byte> mask)
    {
        int data = Begin("bitwise", out int element);
        _expressions.UInt32BigEndian(1, Register(register));
        _expressions.UInt32BigEndian(2, Register(register));
        _expressions.UInt32BigEndian(3, (uint)mask.Length);
        Value(4, mask);
        Value(5, new byte[mask.Length]);
        End(data, element);
    }

    private FilterRule Compare(int register, int operation, ReadOnlySpan<byte> value)
    {
        int data = Begin("cmp", out int element);
        _expressions.UInt32BigEndian(1, Register(register));
        _expressions.UInt32BigEndian(2, (uint)operation);
        Value(3, value);
        return End(data, element);
    }

    private FilterRule Lookup(string set, int register, uint? destination, bool isInverted)
    {
        int data = Begin("lookup", out int element);
        _expressions.Text(1, set);
        _expressions.UInt32BigEndian(2, Register(register));
        if (destination is { } target)
        {
            _expressions.UInt32BigEndian(3, target);
        }

        if (isInverted)
        {
            _expressions.UInt32BigEndian(5, 1);
        }

        return End(data, element);
    }

    private static uint Register(int register)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(register);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(register, Scratch);
        return (uint)(FirstRegister + register);
    }

    private void Value(ushort type, ReadOnlySpan<byte> value)
    {
        int nested = _expressions.BeginNested(type);
        _expressions.Bytes(1, value);
        _expressions.EndNested(nested);
    }

    private int Begin(string name, out int element)
    {
        element = _expressions.BeginNested(1);
        _expressions.Text(1, name);
        return _expressions.BeginNested(2);
    }

    private FilterRule End(int data, int element)
    {
        _expressions.EndNested(data);
        _expressions.EndNested(element);
        return this;
    }
}
