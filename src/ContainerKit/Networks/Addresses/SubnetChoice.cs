using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace ContainerKit.Networks.Addresses;

/// <summary>Chooses subnets that nothing uses; the candidates are Docker's.</summary>
internal static class SubnetChoice
{
    /// <summary>172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/16 in parts of 4096 addresses, then 10.192.0.0/10 in parts of 65536.</summary>
    internal static IEnumerable<IPNetwork> Candidates()
    {
        for (byte second = 17; second <= 31; second++)
            yield return new IPNetwork(new IPAddress([172, second, 0, 0]), 16);
        for (int third = 0; third < 256; third += 16)
            yield return new IPNetwork(new IPAddress([192, 168, (byte)third, 0]), 20);
        for (int second = 192; second < 256; second++)
            yield return new IPNetwork(new IPAddress([10, (byte)second, 0, 0]), 16);
    }

    /// <summary>The first that overlaps with nothing.</summary>
    /// <exception cref="ConflictException">All are in use.</exception>
    internal static IPNetwork Choose(AddressFamily family, IReadOnlyCollection<IPNetwork> used)
    {
        if (family == AddressFamily.InterNetworkV6)
            return ChooseUniqueLocal();
        foreach (IPNetwork candidate in Candidates())
        {
            if (!used.Any(other => AddressNumber.Overlap(candidate, other)))
                return candidate;
        }

        throw new ConflictException("No subnet is free: all of 172.16.0.0/12, 192.168.0.0/16 and 10.192.0.0/10 are in use. Remove networks that are not needed, or give a subnet.");
    }

    /// <summary>The first address of a subnet that can be a machine's.</summary>
    internal static IPAddress FirstAddress(IPNetwork subnet)
    {
        AddressFamily family = subnet.BaseAddress.AddressFamily;
        (UInt128 first, UInt128 last) = AddressNumber.Bounds(subnet);
        return AddressNumber.ToAddress(last - first > 1 ? first + 1 : first, family);
    }

    /// <summary>RFC 4193: forty random bits make a clash improbable.</summary>
    private static IPNetwork ChooseUniqueLocal()
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        bytes[0] = 0xfd;
        RandomNumberGenerator.Fill(bytes[1..6]);
        return new IPNetwork(new IPAddress(bytes), 64);
    }
}
