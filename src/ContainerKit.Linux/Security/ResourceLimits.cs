using System.Diagnostics.CodeAnalysis;

namespace ContainerKit.Linux.Security;

/// <summary><see cref="ResourceLimit"/> by Docker's names: <c>nofile</c>, <c>nproc</c>, <c>core</c>…</summary>
public static class ResourceLimits
{
    private const string Prefix = "RLIMIT_";

    private static readonly string[] Names = [.. Enum.GetNames<ResourceLimit>().Select(n => n[Prefix.Length..].ToLowerInvariant())];

    /// <summary>The value that stands for no limit: RLIM_INFINITY.</summary>
    public const ulong Unlimited = ulong.MaxValue;

    /// <summary>Docker's name of <paramref name="limit"/>, in lower case.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> isn't one of the enumeration.</exception>
    public static string GetName(ResourceLimit limit) => (uint)limit < Names.Length
        ? Names[(int)limit]
        : throw new ArgumentOutOfRangeException(nameof(limit), limit, "Not a resource limit.");

    /// <summary>The limit that <paramref name="name"/> names.</summary>
    /// <param name="name">Docker's name or the kernel's, in any case: <c>nofile</c>, <c>RLIMIT_NOFILE</c>.</param>
    /// <exception cref="ArgumentException">There is no such limit; the message lists the names.</exception>
    public static ResourceLimit Parse(string name) => TryParse(name, out ResourceLimit limit)
        ? limit
        : throw new ArgumentException($"'{name}' is not a resource limit: expected one of {string.Join(", ", Names.Order())}.", nameof(name));

    /// <summary>Like <see cref="Parse"/>, but returns false for a name that it doesn't know.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out ResourceLimit limit)
    {
        ReadOnlySpan<char> plain = name;
        if (plain.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) plain = plain[Prefix.Length..];
        for (int i = 0; i < Names.Length; i++)
        {
            if (!plain.Equals(Names[i], StringComparison.OrdinalIgnoreCase)) continue;
            limit = (ResourceLimit)i;
            return true;
        }
        limit = default;
        return false;
    }
}
