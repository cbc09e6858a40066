using System.Globalization;
using System.Net;

namespace ContainerKit.Networks.Dns;

/// <summary>The names under which addresses are asked for: RFC 1035 section 3.5, RFC 3596 section 2.5.</summary>
internal static class ReverseName
{
    private const string Four = ".in-addr.arpa";
    private const string Six = ".ip6.arpa";

    /// <summary>The address that a name stands for.</summary>
    /// <param name="name">In lower case, without the dot at the end.</param>
    /// <param name="address">The address.</param>
    /// <returns>False when it is not the name of one whole address.</returns>
    internal static bool TryParse(ReadOnlySpan<char> name, out IPAddress address)
    {
        address = IPAddress.None;
        Span<byte> bytes = stackalloc byte[16];
        if (name.EndsWith(Four) && TryReadFour(name[..^Four.Length], bytes))
        {
            address = new IPAddress(bytes[..4]);
            return true;
        }

        if (name.EndsWith(Six) && TryReadSix(name[..^Six.Length], bytes))
        {
            address = new IPAddress(bytes);
            return true;
        }

        return false;
    }

    private static bool TryReadFour(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        int next = 4;
        foreach (Range part in text.Split('.'))
        {
            ReadOnlySpan<char> number = text[part];
            if (next == 0 || number.Length > 3 || !byte.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out bytes[--next]))
            {
                return false;
            }
        }

        return next == 0;
    }

    private static bool TryReadSix(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length != 63)
        {
            return false;
        }

        for (int i = 0; i < 32; i++)
        {
            char digit = text[i * 2];
            if (!char.IsAsciiHexDigit(digit) || (i < 31 && text[(i * 2) + 1] != '.'))
            {
                return false;
            }

            int value = char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
            bytes[15 - (i / 2)] |= (byte)(i % 2 == 0 ? value : value << 4);
        }

        return true;
    }
}
