namespace ContainerKit.Networks.Dns;

/// <summary>The types of records that are treated in a way of their own; IANA's numbers.</summary>
internal enum DnsRecordType : ushort
{
    A = 1,
    CName = 5,
    Ptr = 12,
    HInfo = 13,
    Aaaa = 28,
    Opt = 41,
    Any = 255,
}
