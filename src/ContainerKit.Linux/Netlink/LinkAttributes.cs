using System.Buffers.Binary;
using System.Text;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Netlink;

/// <summary>An interface as attributes of RTM_NEWLINK; linux/if_link.h.</summary>
internal static class LinkAttributes
{
    internal const ushort Address = 1;
    internal const ushort Name = 3;
    internal const ushort Mtu = 4;
    internal const ushort Link = 5;
    internal const ushort Master = 10;
    internal const ushort LinkInfo = 18;
    internal const ushort Alias = 20;
    internal const uint Up = 1;

    private const int LongestName = 15;
    private const ushort FamilySpecific = 26;
    private const ushort NamespaceDescriptor = 28;
    private const ushort InternetProtocol6 = 10;
    private const ushort AddressGeneration = 8;
    private const ushort InfoKind = 1;
    private const ushort InfoData = 2;
    private const ushort SlaveKind = 4;
    private const ushort SlaveData = 5;
    private const ushort PortMode = 4;
    private const ushort PortIsolated = 33;
    private const ushort MulticastSnooping = 23;
    private const ushort PeerInfo = 1;

    internal static string NameOf(LinkKind kind) => kind switch
    {
        LinkKind.Bridge => "bridge",
        LinkKind.Veth => "veth",
        LinkKind.Macvlan => "macvlan",
        LinkKind.Ipvlan => "ipvlan",
        LinkKind.Dummy => "dummy",
        _ => "interface",
    };

    internal static string Identify(LinkRequest link)
        => link.Index is { } index ? $"{link.Name} {index}" : link.Name ?? throw new ArgumentException("An interface is known by its index or its name.", nameof(link));

    /// <summary>struct ifinfomsg.</summary>
    internal static void Header(NetlinkWriter writer, int index, uint flags, uint change)
    {
        Span<byte> header = writer.Extend(16);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], index);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], change);
    }

    internal static void Write(NetlinkWriter writer, LinkRequest link, List<(int Position, FileDescriptor Descriptor)> descriptors)
    {
        Header(writer, link.Index ?? 0, link.IsUp == true ? Up : 0, link.IsUp is null ? 0 : Up);
        if (link.Name is { } name)
        {
            if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > LongestName || name.AsSpan().IndexOfAny('/', ' ', ':') >= 0)
            {
                throw new ArgumentException($"'{name}' is no name of an interface: 1 to {LongestName} bytes without '/', ':' and spaces.", nameof(link));
            }

            writer.Text(Name, name);
        }

        if (link.Address is { } address)
        {
            writer.Bytes(Address, address.GetAddressBytes());
        }

        Number(writer, Mtu, link.Mtu);
        Number(writer, Master, link.Master);
        Number(writer, Link, link.Parent);
        if (link.Alias is { } alias)
        {
            writer.Text(Alias, alias);
        }

        if (link.Namespace is { } target)
        {
            writer.UInt32(NamespaceDescriptor, 0);
            descriptors.Add((writer.Length - 4, target));
        }

        if (link.WithoutLinkLocal)
        {
            int families = writer.BeginNested(FamilySpecific);
            int family = writer.BeginNested(InternetProtocol6);
            writer.Byte(AddressGeneration, 1);
            writer.EndNested(family);
            writer.EndNested(families);
        }

        WriteInfo(writer, link, descriptors);
    }

    private static void WriteInfo(NetlinkWriter writer, LinkRequest link, List<(int Position, FileDescriptor Descriptor)> descriptors)
    {
        bool isPort = link.Hairpin is not null || link.Isolated is not null;
        if (link.Kind == LinkKind.Any && !isPort)
        {
            return;
        }

        int info = writer.BeginNested(LinkInfo);
        if (link.Kind != LinkKind.Any)
        {
            writer.Text(InfoKind, NameOf(link.Kind));
            int data = writer.BeginNested(InfoData);
            WriteData(writer, link, descriptors);
            writer.EndNested(data);
        }

        if (isPort)
        {
            writer.Text(SlaveKind, "bridge");
            int port = writer.BeginNested(SlaveData);
            Flag(writer, PortMode, link.Hairpin);
            Flag(writer, PortIsolated, link.Isolated);
            writer.EndNested(port);
        }

        writer.EndNested(info);
    }

    private static void WriteData(NetlinkWriter writer, LinkRequest link, List<(int Position, FileDescriptor Descriptor)> descriptors)
    {
        switch (link.Kind)
        {
            case LinkKind.Veth when link.Peer is { } peer:
                int start = writer.BeginAttribute(PeerInfo);
                Write(writer, peer, descriptors);
                writer.EndNested(start);
                break;
            case LinkKind.Macvlan:
                Number(writer, 1, link.Mode);
                break;
            case LinkKind.Ipvlan when link.Mode is { } mode:
                writer.UInt16(1, (ushort)mode);
                break;
            case LinkKind.Bridge:
                Flag(writer, MulticastSnooping, link.MulticastSnooping);
                break;
        }
    }

    private static void Number(NetlinkWriter writer, ushort type, int? value)
    {
        if (value is { } number)
        {
            writer.UInt32(type, (uint)number);
        }
    }

    private static void Flag(NetlinkWriter writer, ushort type, bool? value)
    {
        if (value is { } flag)
        {
            writer.Byte(type, flag ? (byte)1 : (byte)0);
        }
    }
}
