using System.Globalization;

namespace ContainerKit.Cli.Output;

/// <summary>Sizes and times as docker's tables have them.</summary>
internal static class HumanText
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>Four digits at most, by powers of 1000: <c>1.98MB</c>.</summary>
    public static string Size(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:G4}{Units[unit]}");
    }

    /// <summary><c>About a minute</c>, <c>3 hours</c>.</summary>
    public static string Duration(TimeSpan time)
    {
        // As docker's: hours are rounded, everything else is cut.
        int hours = (int)(time.TotalHours + 0.5);
        return time switch
        {
            { TotalSeconds: < 1 } => "Less than a second",
            { TotalSeconds: < 2 } => "1 second",
            { TotalMinutes: < 1 } => $"{(int)time.TotalSeconds} seconds",
            { TotalMinutes: < 2 } => "About a minute",
            { TotalHours: < 1 } => $"{(int)time.TotalMinutes} minutes",
            _ => hours switch
            {
                1 => "About an hour",
                < 48 => $"{hours} hours",
                < 24 * 14 => $"{hours / 24} days",
                < 24 * 60 => $"{hours / 24 / 7} weeks",
                < 24 * 365 * 2 => $"{hours / 24 / 30} months",
                _ => $"{hours / 24 / 365} years",
            },
        };
    }

    public static string Ago(DateTimeOffset? time) => time is null ? "N/A" : $"{Duration(TimeProvider.System.GetUtcNow() - time.Value)} ago";

    /// <summary>The time that docker's API gives in seconds since 1970.</summary>
    public static DateTimeOffset FromUnix(long seconds) => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds()));

    /// <summary>As Go prints times of lists: <c>2024-05-01 10:00:00 +0000 UTC</c>.</summary>
    public static string Timestamp(DateTimeOffset time)
    {
        DateTimeOffset local = time.ToLocalTime();
        string zone = local.Offset == TimeSpan.Zero ? "UTC" : local.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        return local.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture).Remove(23, 1) + " " + zone;
    }

    /// <summary>At most so many characters, of which the last is a mark when something was cut.</summary>
    public static string Shorten(string text, int length) => text.Length <= length ? text : $"{text[..(length - 1)]}…";

    /// <summary>Three digits, by powers of 1000: <c>1.2kB</c>.</summary>
    public static string ThreeDigits(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:G3}{Units[unit]}");
    }

    /// <summary>By powers of 1024: <c>1.5GiB</c>.</summary>
    public static string BinarySize(double bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        int unit = 0;
        while (bytes >= 1024 && unit < units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes:G4}{units[unit]}");
    }
}
