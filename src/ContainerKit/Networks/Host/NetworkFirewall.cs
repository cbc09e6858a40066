using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using ContainerKit.Linux;
using ContainerKit.Linux.Netlink;

namespace ContainerKit.Networks.Host;

/// <summary>
/// The rules of one engine: two tables that the kernel removes with the engine's socket. Containers, networks and ports are elements of their sets, so
/// a packet's way through the rules does not grow with their number.
/// </summary>
/// <remarks>
/// Several engines each have tables of their own. Of several tables the strictest wins: to drop is final, to accept ends one table's chain only. So a
/// rule here drops only what comes to, or from, the networks of its own engine. Where the kernel shows frames between ports of one bridge to the rules
/// of IP, too (br_netfilter), other engines' bridges are none of its business.
/// </remarks>
internal sealed class NetworkFirewall
{
    private const string Bridges = "bridges";
    private const string SameBridge = "same";
    private const string Internal = "internal";
    private const string Masqueraded = "masqueraded";
    private const string Guarded = "guarded";
    private const string Senders4 = "senders4";
    private const string Senders6 = "senders6";
    private const string Ports4 = "ports4";
    private const string Ports6 = "ports6";
    private const string AddressPorts4 = "addressports4";
    private const string AddressPorts6 = "addressports6";
    private const int DestinationNatPriority = -100;
    private const int SourceNatPriority = 100;
    private const int BridgePriority = -300;
    private const int MacLength = 8;

    private static readonly byte[] s_loopback6 = IPAddress.IPv6Loopback.GetAddressBytes();
    private static readonly byte[] s_namePrefix = System.Text.Encoding.ASCII.GetBytes(BridgeOptions.NamePrefix);

    private readonly FilterSocket _socket;
    private readonly string _table;
    private readonly string _ports;

    private NetworkFirewall(FilterSocket socket, string table, string ports) => (_socket, _table, _ports) = (socket, table, ports);

    /// <summary>How the names of an engine's ports begin: its rules are for them.</summary>
    internal static string PortPrefix(string session) => "ckv" + session[..4];

    /// <summary>Makes the tables.</summary>
    /// <exception cref="NetlinkException">The kernel lacks nf_tables or a part of it.</exception>
    internal static NetworkFirewall Create(FilterSocket socket, string session)
    {
        var firewall = new NetworkFirewall(socket, $"containerkit-{session[..12]}", PortPrefix(session));
        socket.Execute(firewall.MakeBridgeTable());
        socket.Execute(firewall.MakeTable());
        return firewall;
    }

    internal void AddNetwork(NetworkDocument network)
    {
        FilterBatch batch = Batch();
        foreach ((string set, FilterElement element) in Elements(network))
            batch.AddElements(set, element);
        _socket.Execute(batch);
    }

    internal void RemoveNetwork(NetworkDocument network)
    {
        FilterBatch batch = Batch();
        foreach ((string set, FilterElement element) in Elements(network))
            batch.RemoveElements(set, element);
        _socket.Execute(batch);
    }

    /// <summary>From here on what has the endpoint's addresses may come from its interface; nothing else ever may.</summary>
    internal void Guard(Endpoint endpoint)
    {
        FilterBatch batch = BridgeBatch();
        if (IsForeign(endpoint))
            batch.AddElements(Guarded, Name(endpoint.PortName!));
        foreach ((string set, ImmutableArray<FilterElement> senders) in Senders(endpoint))
            batch.AddElements(set, senders);
        _socket.Execute(batch);
    }

    internal void Forget(Endpoint endpoint)
    {
        FilterBatch batch = BridgeBatch();
        foreach ((string set, ImmutableArray<FilterElement> senders) in Senders(endpoint))
            batch.RemoveElements(set, senders);
        try
        {
            _socket.Execute(batch);
        }
        catch (NetlinkException e) when (e.Errno == Errno.ENOENT)
        {
            // It was never let in.
        }
    }

    /// <summary>Passes ports of this machine on to a container.</summary>
    internal void Publish(IReadOnlyList<PublishedPort> ports, Endpoint endpoint)
    {
        foreach (IGrouping<string, FilterElement> elements in Elements(ports, endpoint))
            _socket.Execute(Batch().AddElements(elements.Key, elements));
    }

    internal void Withdraw(IReadOnlyList<PublishedPort> ports, Endpoint endpoint)
    {
        foreach (IGrouping<string, FilterElement> elements in Elements(ports, endpoint))
            _socket.Execute(Batch().RemoveElements(elements.Key, elements));
    }

    internal static byte Number(PortProtocol protocol) => protocol switch
    {
        PortProtocol.Tcp => 6,
        PortProtocol.Udp => 17,
        _ => 132,
    };

    private static IEnumerable<IGrouping<string, FilterElement>> Elements(IReadOnlyList<PublishedPort> ports, Endpoint endpoint)
        => ports.Select(port => ToElement(port, endpoint)).OfType<(string Set, FilterElement Element)>().GroupBy(each => each.Set, each => each.Element);

    private static (string Set, FilterElement Element)? ToElement(PublishedPort port, Endpoint endpoint)
    {
        bool is4 = port.HostAddress.AddressFamily == AddressFamily.InterNetwork;
        if ((is4 ? endpoint.IPv4Address : endpoint.IPv6Address) is not { } target || IPAddress.IsLoopback(port.HostAddress))
            return null; // in this process: the kernel has no way from one family to the other, and none from loopback
        bool any = port.HostAddress.Equals(IPAddress.Any) || port.HostAddress.Equals(IPAddress.IPv6Any);
        FilterKey key = any ? new FilterKey() : new FilterKey().Add(port.HostAddress);
        FilterElement element = new(
            key.AddProtocol(Number(port.Protocol)).AddPort(port.HostPort).ToBytes(),
            new FilterKey().Add(target).AddPort(port.ContainerPort).ToBytes());
        return (is4 ? any ? Ports4 : AddressPorts4 : any ? Ports6 : AddressPorts6, element);
    }

    /// <summary>What the rules know of a network.</summary>
    private static IEnumerable<(string Set, FilterElement Element)> Elements(NetworkDocument network)
    {
        string name = network.InterfaceName;
        yield return (Bridges, Name(name));
        yield return (SameBridge, new FilterElement(new FilterKey().AddName(name).AddName(name).ToBytes()));
        if (network.IsInternal)
            yield return (Internal, Name(name));
        else if (BridgeOptions.Read(network.Options).Masquerades)
            yield return (Masqueraded, Name(name));
    }

    private static FilterElement Name(string name) => new(new FilterKey().AddName(name).ToBytes());

    /// <summary>True for the interface of a container that an earlier engine started.</summary>
    private bool IsForeign(Endpoint endpoint) => !endpoint.PortName!.StartsWith(_ports, StringComparison.Ordinal);

    private static IEnumerable<(string Set, ImmutableArray<FilterElement> Elements)> Senders(Endpoint endpoint)
    {
        if (endpoint.IPv4Address is { } four)
            yield return (Senders4, [ToSender(endpoint, four)]);

        // Before an interface has an address it asks whether others have it, and who routes, as nobody: RFC 4862.
        if (endpoint.IPv6Address is { } six)
            yield return (Senders6, [.. new[] { six, endpoint.LinkLocal(), IPAddress.IPv6Any }.OfType<IPAddress>().Select(address => ToSender(endpoint, address))]);
    }

    private static FilterElement ToSender(Endpoint endpoint, IPAddress address)
        => new(new FilterKey().AddName(endpoint.PortName!).Add(endpoint.Hardware!).Add(address).ToBytes());

    private FilterBatch Batch() => new(FilterFamily.Inet, _table);

    private FilterBatch BridgeBatch() => new(FilterFamily.Bridge, _table);

    /// <summary>What containers send: only from their own addresses, and nothing but IP and ARP.</summary>
    private FilterBatch MakeBridgeTable()
    {
        const string Entry = "frames";
        const string Chain = "containers";
        FilterRule FromPort(int ethernetHigh, int ethernetLow)
            => new FilterRule().Load(FilterField.Protocol, 0).WhenEqual(0, [(byte)ethernetHigh, (byte)ethernetLow])
                .Load(FilterField.InputName, 0).Load(FilterHeader.Link, 6, 6, 4);
        return BridgeBatch()
            .AddTable(owned: true)
            .AddSet(new RuleSet(Guarded, FilterKey.NameLength))
            .AddSet(new RuleSet(Senders4, FilterKey.NameLength + MacLength + 4))
            .AddSet(new RuleSet(Senders6, FilterKey.NameLength + MacLength + 16))
            .AddChain(new FilterChain(Chain))
            .AddChain(new FilterChain(Entry) { Hook = FilterHook.PreRouting, Priority = BridgePriority })
            .AddRule(Entry, new FilterRule().Load(FilterField.InputName, 0).WhenEqual(0, System.Text.Encoding.ASCII.GetBytes(_ports)).Jump(Chain))
            .AddRule(Entry, new FilterRule().Load(FilterField.InputName, 0).WhenIn(Guarded, 0).Jump(Chain))
            .AddRule(Chain, FromPort(0x08, 0x00).Load(FilterHeader.Network, 12, 4, 6).WhenIn(Senders4, 0).Accept())
            .AddRule(Chain, FromPort(0x86, 0xdd).Load(FilterHeader.Network, 8, 16, 6).WhenIn(Senders6, 0).Accept())

            // ARP says who has an address twice: in the frame and in the message.
            .AddRule(Chain, FromPort(0x08, 0x06).Load(FilterHeader.Network, 14, 4, 6).WhenIn(Senders4, 0)
                .Load(FilterHeader.Network, 8, 6, 4).WhenIn(Senders4, 0).Accept())
            .AddRule(Chain, new FilterRule().Drop());
    }

    private FilterBatch MakeTable()
    {
        FilterBatch batch = Batch()
            .AddTable(owned: true)
            .AddSet(new RuleSet(Bridges, FilterKey.NameLength))
            .AddSet(new RuleSet(Internal, FilterKey.NameLength))
            .AddSet(new RuleSet(Masqueraded, FilterKey.NameLength))
            .AddSet(new RuleSet(SameBridge, FilterKey.NameLength * 2))
            .AddSet(new RuleSet(Ports4, 8) { ValueLength = 8 })
            .AddSet(new RuleSet(AddressPorts4, 12) { ValueLength = 8 })
            .AddSet(new RuleSet(Ports6, 8) { ValueLength = 20 })
            .AddSet(new RuleSet(AddressPorts6, 24) { ValueLength = 20 });
        AddForwardRules(batch);
        AddDestinationRules(batch, "incoming", FilterHook.PreRouting);
        AddDestinationRules(batch, "outgoing", FilterHook.Output);
        const string Source = "leaving";
        return batch
            .AddChain(new FilterChain(Source) { Hook = FilterHook.PostRouting, Priority = SourceNatPriority, Type = "nat" })

            .AddRule(Source, new FilterRule().Load(FilterField.InputName, 0).WhenIn(Masqueraded, 0)
                .Load(FilterField.OutputName, 4).UnlessEqual(4, s_namePrefix).UnlessIn(Bridges, 4).Masquerade());
    }

    private static FilterRule OnSameBridge() => new FilterRule().Load(FilterField.InputName, 0).Load(FilterField.OutputName, 4).WhenIn(SameBridge, 0);

    /// <summary>Between networks nothing passes but what was published; from outside neither. Out of them everything does, except from internal ones.</summary>
    private static void AddForwardRules(FilterBatch batch)
    {
        const string Forward = "forward";
        batch
            .AddChain(new FilterChain(Forward) { Hook = FilterHook.Forward })
            .AddRule(Forward, new FilterRule().WhenState(FilterRule.StateKnown).Accept())
            .AddRule(Forward, OnSameBridge().Accept())
            .AddRule(Forward, new FilterRule().Load(FilterField.InputName, 0).WhenIn(Internal, 0).Drop())
            .AddRule(Forward, new FilterRule().Load(FilterField.OutputName, 0).WhenIn(Internal, 0).Drop())
            .AddRule(Forward, new FilterRule().WhenStatus(FilterRule.StatusDestinationChanged).Accept())
            .AddRule(Forward, new FilterRule().Load(FilterField.OutputName, 0).WhenIn(Bridges, 0).Drop());
    }

    /// <summary>Ports of this machine's addresses, for one address first. Those of loopback are served by a forwarder: the kernel routes nothing from there.</summary>
    private static void AddDestinationRules(FilterBatch batch, string chain, FilterHook hook)
    {
        batch.AddChain(new FilterChain(chain) { Hook = hook, Priority = DestinationNatPriority, Type = "nat" });
        if (hook == FilterHook.PreRouting)
        {
            // As Docker: what containers ask of this machine's ports is answered by the forwarder of this process. A neighbour's or one's own port on the
            // same bridge could not be reached otherwise: the answer would not come back this way.
            batch.AddRule(chain, new FilterRule().Load(FilterField.InputName, 0).WhenEqual(0, s_namePrefix).Accept());
            batch.AddRule(chain, new FilterRule().Load(FilterField.InputName, 0).WhenIn(Bridges, 0).Accept());
        }

        foreach (bool isOne in new[] { true, false })
        {
            FilterRule rule4 = Local4();
            batch.AddRule(chain, (isOne ? rule4.Load(FilterHeader.Network, 16, 4, 0).Load(FilterField.TransportProtocol, 1).Load(FilterHeader.Transport, 2, 2, 2).Map(AddressPorts4, 0, 4)
                : rule4.Load(FilterField.TransportProtocol, 0).Load(FilterHeader.Transport, 2, 2, 1).Map(Ports4, 0, 4)).ChangeDestination(FilterFamily.IPv4, 4, 5));
            FilterRule rule6 = Local6();
            batch.AddRule(chain, (isOne ? rule6.Load(FilterHeader.Network, 24, 16, 0).Load(FilterField.TransportProtocol, 4).Load(FilterHeader.Transport, 2, 2, 5).Map(AddressPorts6, 0, 6)
                : rule6.Load(FilterField.TransportProtocol, 0).Load(FilterHeader.Transport, 2, 2, 1).Map(Ports6, 0, 6)).ChangeDestination(FilterFamily.IPv6, 6, 10));
        }

        static FilterRule Local4() => new FilterRule().WhenFamily(FilterFamily.IPv4).Load(FilterHeader.Network, 16, 1, 0).UnlessEqual(0, [127]).WhenDestinationLocal();
        static FilterRule Local6() => new FilterRule().WhenFamily(FilterFamily.IPv6).Load(FilterHeader.Network, 24, 16, 0).UnlessEqual(0, s_loopback6).WhenDestinationLocal();
    }
}
