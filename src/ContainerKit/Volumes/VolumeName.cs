using System.Buffers;
using System.Security.Cryptography;

namespace ContainerKit.Volumes;

/// <summary>Names of volumes, by Docker's rule.</summary>
internal static class VolumeName
{
    internal const string Allowed = "2 to 255 letters, digits, '_', '.' and '-', the first a letter or digit";

    private const int MaximumLength = 255;
    private const int AnonymousLength = 64;

    private static readonly SearchValues<char> s_characters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    /// <summary>The name of a volume that has none.</summary>
    internal static string CreateAnonymous() => RandomNumberGenerator.GetHexString(AnonymousLength, lowercase: true);

    internal static bool IsValid(string? name)
        => name is { Length: > 1 and <= MaximumLength } && char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(s_characters);

    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    internal static string Require(string? name)
        => IsValid(name) ? name! : throw new ArgumentException($"volume name '{name}' is not allowed: expected {Allowed}.");
}
