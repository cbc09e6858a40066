using System.Buffers;
using System.Security.Cryptography;

namespace ContainerKit.Containers.State;

/// <summary>Container ids: 64 hexadecimal digits in lower case, at random.</summary>
internal static class ContainerId
{
    internal const int Length = 64;
    internal const int ShortLength = 12;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    internal static string Create()
    {
        string id;
        do
        {
            id = RandomNumberGenerator.GetHexString(Length, lowercase: true);
        }
        while (!id.AsSpan(0, ShortLength).ContainsAnyInRange('a', 'f')); // the short id is the host name, and one of digits alone reads as an address

        return id;
    }

    internal static bool IsPrefix(ReadOnlySpan<char> text) => text.Length is > 0 and <= Length && !text.ContainsAnyExcept(HexDigits);

    internal static bool IsComplete(ReadOnlySpan<char> text) => text.Length == Length && IsPrefix(text);

    internal static string Shorten(string id) => id[..ShortLength];
}
