using System.Globalization;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Containers;

namespace ContainerKit.Cli.Output;

/// <summary>Times of <c>--since</c> and <c>--until</c>: seconds since 1970, RFC 3339 and parts of it, or how long ago (<c>10m</c>).</summary>
internal static class TimeText
{
    /// <summary>In the API's form, seconds with nanoseconds; null without the flag.</summary>
    public static string? Read(CommandInvocation invocation, string flag)
    {
        if (invocation.Value(flag) is not string text)
            return null;
        if (text.Length > 0 && text.All(c => char.IsAsciiDigit(c) || c == '.'))
            return text;
        DateTimeOffset time = DurationText.TryParse(text) is TimeSpan ago ? TimeProvider.System.GetUtcNow() - ago
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, text.EndsWith('Z') ? DateTimeStyles.AssumeUniversal : DateTimeStyles.AssumeLocal, out DateTimeOffset given) ? given
            : throw invocation.Invalid(flag, text, "a time such as 2024-05-01T10:00:00Z, or 10m for ten minutes ago, is wanted");
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        return string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick:D9}");
    }

    /// <summary>As a query, with <c>&amp;</c> before it.</summary>
    public static string Query(CommandInvocation invocation, string flag) => Read(invocation, flag) is string time ? $"&{flag}={time}" : "";
}
