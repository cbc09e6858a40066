using System.Globalization;

namespace ContainerKit.DockerApi.Routing;

/// <summary>Times as Docker's API writes and reads them.</summary>
internal static class DockerTime
{
    /// <summary>Go's zero time, which stands for none.</summary>
    internal const string Zero = "0001-01-01T00:00:00Z";

    private const int NanosecondsPerTick = 100;

    /// <summary>RFC 3339 with nine digits.</summary>
    internal static string Format(DateTimeOffset? time)
        => time is not DateTimeOffset value ? Zero : value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    /// <summary>Nanoseconds since 1970.</summary>
    internal static long ToNanoseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * NanosecondsPerTick;

    /// <summary><c>seconds[.nanoseconds]</c> since 1970 or RFC 3339. Null for zero, which clients send for "no bound".</summary>
    /// <param name="name">The parameter's name, for the error.</param>
    /// <param name="text">The value.</param>
    internal static DateTimeOffset? Parse(string name, string text)
    {
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        ReadOnlySpan<char> whole = dot < 0 ? text : text.AsSpan(0, dot);
        ReadOnlySpan<char> fraction = dot < 0 ? "" : text.AsSpan(dot + 1);
        if (long.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds) && !fraction.ContainsAnyExceptInRange('0', '9'))
        {
            long ticks = 0;
            for (int i = 0; i < 7; i++)
                ticks = (ticks * 10) + (i < fraction.Length ? fraction[i] - '0' : 0);
            if (seconds == 0 && ticks == 0)
                return null;
            return seconds is >= -62135596800 and <= 253402300799 ? DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddTicks(ticks) : throw Invalid();
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : throw Invalid();

        ApiException Invalid() => ApiException.BadRequest($"Parameter {name} '{text}' is not allowed: expected seconds since 1970, or a time in RFC 3339.");
    }
}
