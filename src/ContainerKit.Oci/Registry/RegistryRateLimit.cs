using System.Globalization;
using System.Net.Http.Headers;

namespace ContainerKit.Oci;

/// <summary>How many pulls a registry still grants, as Docker Hub tells with manifests.</summary>
/// <param name="Limit">How many it grants in all within <paramref name="Window"/>; null where it does not say.</param>
/// <param name="Remaining">How many are left; null where it does not say.</param>
/// <param name="Window">The time that the limit is for; null where it does not say.</param>
/// <param name="Source">Whom the pulls are counted for, an address or a user; null where it does not say.</param>
public sealed record RegistryRateLimit(int? Limit, int? Remaining, TimeSpan? Window, string? Source)
{
    private const int MaxSourceLength = 100;

    /// <summary>Reads the headers <c>RateLimit-Limit: 100;w=21600</c>, <c>RateLimit-Remaining</c> and <c>Docker-RateLimit-Source</c>; null where there are none.</summary>
    internal static RegistryRateLimit? Read(HttpResponseHeaders headers)
    {
        (int? limit, TimeSpan? window) = Parse(headers, "RateLimit-Limit");
        (int? remaining, TimeSpan? otherWindow) = Parse(headers, "RateLimit-Remaining");
        if (limit is null && remaining is null)
        {
            return null;
        }

        string? source = headers.TryGetValues("Docker-RateLimit-Source", out IEnumerable<string>? values) ? values.First() : null;
        return new RegistryRateLimit(limit, remaining, window ?? otherWindow, source?.Length > MaxSourceLength ? null : source);
    }

    private static (int? Count, TimeSpan? Window) Parse(HttpResponseHeaders headers, string name)
    {
        if (!headers.TryGetValues(name, out IEnumerable<string>? values))
        {
            return default;
        }

        string[] parts = values.First().Split(';', 3, StringSplitOptions.TrimEntries);
        int? count = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
        TimeSpan? window = parts.Length > 1 && parts[1].StartsWith("w=", StringComparison.Ordinal)
            && int.TryParse(parts[1].AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;
        return (count, window);
    }
}
