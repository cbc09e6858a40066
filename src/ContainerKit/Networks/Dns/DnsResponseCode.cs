namespace ContainerKit.Networks.Dns;

/// <summary>RCODE, RFC 1035 section 4.1.1.</summary>
internal enum DnsResponseCode : byte
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NoSuchName = 3,
    NotImplemented = 4,
    Refused = 5,

    /// <summary>BADVERS, RFC 6891 section 6.1.3; its upper bits are in the OPT record.</summary>
    BadVersion = 16,
}
