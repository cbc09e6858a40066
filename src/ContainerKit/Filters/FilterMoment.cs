using System.Buffers;
using System.Globalization;

namespace ContainerKit.Filters;

/// <summary>Moments as Docker's filters take them: a time stamp, seconds since 1970, or how long ago.</summary>
internal static class FilterMoment
{
    private const string Allowed = "a time as in 2025-01-31T12:00:00Z, seconds since 1970, or how long ago as in 90m or 1h30m";

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Without a zone the local one is meant.</summary>
    private static readonly string[] LocalFormats = ["yyyy-MM-ddTHH:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mm", "yyyy-MM-dd"];

    private static readonly string[] ZonedFormats = ["yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddK"];

    internal static DateTimeOffset Parse(string name, string text, TimeProvider time)
    {
        if (TryParseDuration(text, out TimeSpan ago))
            return time.GetUtcNow() - ago;
        if (TryParseUnix(text, out DateTimeOffset moment))
            return moment;
        string ticks = CutToTicks(text);
        if (DateTime.TryParseExact(ticks, LocalFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime local))
            return new DateTimeOffset(local, time.LocalTimeZone.GetUtcOffset(local));
        return DateTimeOffset.TryParseExact(ticks, ZonedFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment)
            ? moment
            : throw FilterRules.Invalid(name, text, Allowed);
    }

    /// <summary>Go's durations: <c>1h30m</c>, <c>1.5h</c>, <c>300ms</c>.</summary>
    internal static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = default;
        ReadOnlySpan<char> rest = text;
        bool negative = rest is ['-', ..];
        if (rest is ['-' or '+', ..])
            rest = rest[1..];
        decimal ticks = 0;
        bool any = false;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count))
                return false;
            rest = rest[digits..];
            int letters = rest.IndexOfAny(NumberCharacters);
            ReadOnlySpan<char> unit = letters < 0 ? rest : rest[..letters];
            decimal size = unit switch
            {
                "h" => TimeSpan.TicksPerHour,
                "m" => TimeSpan.TicksPerMinute,
                "s" => TimeSpan.TicksPerSecond,
                "ms" => TimeSpan.TicksPerMillisecond,
                "us" or "µs" => TimeSpan.TicksPerMicrosecond,
                "ns" => 0.01m,
                _ => 0,
            };
            if (size == 0 || count > TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerHour)
                return false;
            ticks += count * size;
            rest = rest[unit.Length..];
            any = true;
        }

        // A century is more than anybody means, and keeps the sum within what a date can be.
        if (!any || ticks > 100L * 366 * TimeSpan.TicksPerDay)
            return false;
        duration = new TimeSpan((long)(negative ? -ticks : ticks));
        return true;
    }

    private static bool TryParseUnix(string text, out DateTimeOffset moment)
    {
        moment = default;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out decimal seconds)
            || Math.Abs(seconds) > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return false;
        decimal ticks = DateTimeOffset.UnixEpoch.Ticks + (seconds * TimeSpan.TicksPerSecond);
        if (ticks < 0 || ticks > DateTimeOffset.MaxValue.Ticks)
            return false;
        moment = new DateTimeOffset((long)ticks, TimeSpan.Zero);
        return true;
    }

    /// <summary>Nanoseconds have two digits more than .NET keeps.</summary>
    private static string CutToTicks(string text)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        if (point < 0)
            return text;
        int length = text.AsSpan(point + 1).IndexOfAnyExceptInRange('0', '9');
        int end = length < 0 ? text.Length : point + 1 + length;
        return end - point - 1 <= 7 ? text : string.Concat(text.AsSpan(0, point + 8), text.AsSpan(end));
    }
}
