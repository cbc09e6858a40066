using System.Security.Cryptography;

namespace ContainerKit.Oci;

/// <summary>Computes a digest piece by piece and counts the bytes. Not safe for concurrent use.</summary>
public sealed class DigestHasher : IDisposable
{
    private readonly IncrementalHash _hash;

    /// <summary>Starts a hash.</summary>
    /// <param name="algorithm"><see cref="Digest.Sha256"/> (the default) or <see cref="Digest.Sha512"/>.</param>
    /// <exception cref="ArgumentException">The algorithm is another one.</exception>
    public DigestHasher(string algorithm = Digest.Sha256)
    {
        HashAlgorithmName name = algorithm switch
        {
            Digest.Sha256 => HashAlgorithmName.SHA256,
            Digest.Sha512 => HashAlgorithmName.SHA512,
            _ => throw new ArgumentException($"unsupported digest algorithm \"{algorithm}\"; use sha256 or sha512", nameof(algorithm)),
        };
        Algorithm = algorithm;
        _hash = IncrementalHash.CreateHash(name);
    }

    /// <summary>The algorithm, <see cref="Digest.Sha256"/> or <see cref="Digest.Sha512"/>.</summary>
    public string Algorithm { get; }

    /// <summary>How many bytes were appended.</summary>
    public long Length { get; private set; }

    /// <summary>Adds bytes.</summary>
    /// <param name="content">The next bytes.</param>
    public void Append(ReadOnlySpan<byte> content)
    {
        _hash.AppendData(content);
        Length += content.Length;
    }

    /// <summary>The digest of what was appended so far; more can be appended afterwards.</summary>
    public Digest GetCurrentDigest()
    {
        Span<byte> hash = stackalloc byte[SHA512.HashSizeInBytes];
        int length = _hash.GetCurrentHash(hash);
        return Digest.FromHash(Algorithm, hash[..length]);
    }

    /// <summary>Releases the hash.</summary>
    public void Dispose() => _hash.Dispose();
}
