using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ContainerKit.Builds.Cache;

/// <summary>Makes the key of a step out of everything that can change its result. Each part has its length before it: nothing runs together.</summary>
internal sealed class CacheKey : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <param name="kind">What is made; keys of different kinds never meet.</param>
    public CacheKey(string kind) => Add("containerkit.build.1").Add(kind);

    public CacheKey Add(ReadOnlySpan<byte> part)
    {
        Add(part.Length);
        _hash.AppendData(part);
        return this;
    }

    public CacheKey Add(string? part) => part is null ? Add(-1) : Add(Encoding.UTF8.GetBytes(part));

    public CacheKey Add(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
        return this;
    }

    public CacheKey AddAll(IReadOnlyCollection<string> parts)
    {
        Add(parts.Count);
        foreach (string part in parts)
        {
            Add(part);
        }
        return this;
    }

    /// <summary>The key so far: 64 hex digits, a file name.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public byte[] FinishBytes() => _hash.GetHashAndReset();

    public void Dispose() => _hash.Dispose();
}
