using System.Buffers;
using System.Globalization;

namespace ContainerKit.Compose.Services;

/// <summary>Durations as in <c>1h2m3.5s</c>, <c>100ms</c>; a number alone is seconds.</summary>
internal static class ComposeDuration
{
    private static readonly (string Unit, decimal Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond), ("µs", TimeSpan.TicksPerMicrosecond), ("ns", 0.01m),
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute), ("s", TimeSpan.TicksPerSecond),
    ];

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        decimal total = 0;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
            return false;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept(NumberCharacters);
            bool isWhole = digits < 0;
            if (!decimal.TryParse(isWhole ? rest : rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
                return false;
            rest = isWhole ? [] : rest[digits..];
            (string Unit, decimal Ticks) unit = isWhole ? ("", TimeSpan.TicksPerSecond) : Find(rest);
            if (unit.Unit is null || number > 1_000_000_000_000_000 || (isWhole && total > 0))
                return false;
            rest = rest[unit.Unit.Length..];
            decimal part = number * unit.Ticks;
            if (part + total > TimeSpan.MaxValue.Ticks)
                return false;
            total += part;
        }

        duration = TimeSpan.FromTicks((long)total);
        return true;
    }

    private static (string Unit, decimal Ticks) Find(ReadOnlySpan<char> text)
    {
        foreach ((string Unit, decimal Ticks) unit in Units)
        {
            if (text.StartsWith(unit.Unit, StringComparison.Ordinal))
                return unit;
        }

        return default;
    }
}
