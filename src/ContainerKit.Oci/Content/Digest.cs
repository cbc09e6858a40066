using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using ContainerKit.Oci.Json;

namespace ContainerKit.Oci;

/// <summary>The identity of content: an algorithm and the hash of the bytes, written <c>sha256:&lt;64 hex digits&gt;</c>.</summary>
/// <remarks>
/// Only the registered algorithms sha256 and sha512 of the OCI image specification ("Digests") exist; hex digits are lower case. So the
/// text is safe as a file name. The default value is no digest at all: <see cref="IsEmpty"/> is true and its text is empty.
/// </remarks>
[JsonConverter(typeof(DigestJsonConverter))]
public readonly struct Digest : IEquatable<Digest>
{
    /// <summary>The algorithm that everyone uses: <c>sha256</c>.</summary>
    public const string Sha256 = "sha256";

    /// <summary>The other registered algorithm: <c>sha512</c>.</summary>
    public const string Sha512 = "sha512";

    private const int PrefixLength = 7;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private readonly string? _text;

    private Digest(string text) => _text = text;

    /// <summary>True for the default value, which is no digest.</summary>
    public bool IsEmpty => _text is null;

    /// <summary><see cref="Sha256"/> or <see cref="Sha512"/>; empty for the default value.</summary>
    public string Algorithm => _text is null ? "" : _text.StartsWith(Sha256, StringComparison.Ordinal) ? Sha256 : Sha512;

    /// <summary>The hash in lower-case hexadecimal, 64 or 128 digits; empty for the default value.</summary>
    public string Hex => _text?[PrefixLength..] ?? "";

    /// <summary>Reads a digest such as <c>sha256:…</c>.</summary>
    /// <param name="text">Algorithm, colon, lower-case hex digits.</param>
    /// <exception cref="OciFormatException">The text is no digest, or of an algorithm other than sha256 and sha512.</exception>
    public static Digest Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Check(text) is { } fault ? throw new OciFormatException("digest", $"\"{text}\"", fault) : new Digest(text);
    }

    /// <summary>Reads a digest; false where the text is none.</summary>
    /// <param name="text">Algorithm, colon, lower-case hex digits; null is no digest.</param>
    /// <param name="digest">The digest, or the default value.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        bool valid = text is not null && Check(text) is null;
        digest = valid ? new Digest(text!) : default;
        return valid;
    }

    /// <summary>The sha256 digest of <paramref name="content"/>.</summary>
    /// <param name="content">The bytes.</param>
    public static Digest Compute(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return FromHash(Sha256, hash);
    }

    /// <summary>The digest of <paramref name="content"/> by an algorithm.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="algorithm"><see cref="Sha256"/> or <see cref="Sha512"/>.</param>
    /// <exception cref="ArgumentException">The algorithm is another one.</exception>
    public static Digest Compute(ReadOnlySpan<byte> content, string algorithm)
    {
        using DigestHasher hasher = new(algorithm);
        hasher.Append(content);
        return hasher.GetCurrentDigest();
    }

    /// <summary>True where both digests are the same.</summary>
    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    /// <summary>True where the digests differ.</summary>
    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(Digest other) => string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _text is null ? 0 : StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>The digest as it is written, <c>sha256:…</c>; empty for the default value.</summary>
    public override string ToString() => _text ?? "";

    internal static Digest FromHash(string algorithm, ReadOnlySpan<byte> hash) => new($"{algorithm}:{Convert.ToHexStringLower(hash)}");

    /// <summary>What is wrong with a text as a digest, or null.</summary>
    private static string? Check(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return "has no \":\" between algorithm and hash";
        }

        int length = text.AsSpan(0, colon) switch
        {
            Sha256 => 2 * SHA256.HashSizeInBytes,
            Sha512 => 2 * SHA512.HashSizeInBytes,
            _ => 0,
        };
        if (length == 0)
        {
            return "has an unsupported algorithm; sha256 and sha512 are supported";
        }

        ReadOnlySpan<char> hex = text.AsSpan(colon + 1);
        if (hex.Length != length)
        {
            return $"has {hex.Length} hex digits instead of {length}";
        }

        return hex.ContainsAnyExcept(HexDigits) ? "has characters other than lower-case hex digits" : null;
    }
}
