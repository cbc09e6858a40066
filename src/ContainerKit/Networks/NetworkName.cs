using System.Security.Cryptography;
using ContainerKit.Networks.Host;

namespace ContainerKit.Networks;

/// <summary>Names and ids of networks, by Docker's rules.</summary>
internal static class NetworkName
{
    internal const string Bridge = "bridge";
    internal const string Host = "host";
    internal const string None = "none";
    internal const string Allowed = "letters, digits, '_', '.' and '-', the first a letter or digit, at most 255 characters";

    private const int IdBytes = 32;

    internal static string CreateId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));

    internal static bool IsPredefined(string name) => name is Bridge or Host or None or "default";

    internal static string Require(string name)
        => IsValid(name) ? name : throw BridgeOptions.Invalid("network name", name, Allowed);

    internal static bool IsValid(string? name)
        => name is { Length: > 0 and <= 255 } && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    internal static bool IsId(string text) => text.Length == IdBytes * 2 && IsIdPrefix(text);

    internal static bool IsIdPrefix(string text) => text.Length is > 0 and <= IdBytes * 2 && text.All(char.IsAsciiHexDigitLower);
}
