using System.Globalization;

namespace ContainerKit.Linux.Cgroups;

/// <summary>How much processes wait for one resource.</summary>
/// <param name="Some">At least one process waited.</param>
/// <param name="Full">All processes that were not idle waited at the same time; null where the kernel does not tell (cpu before Linux 5.13).</param>
public sealed record ResourcePressure(PressureStall Some, PressureStall? Full)
{
    /// <summary>Two lines of <c>some avg10=0.00 avg60=0.00 avg300=0.00 total=0</c>; null for anything else.</summary>
    internal static ResourcePressure? Parse(string? text)
    {
        PressureStall? some = null, full = null;
        foreach (string line in (text ?? "").Split('\n'))
        {
            if (line.StartsWith("some ", StringComparison.Ordinal))
                some = ParseLine(line);
            else if (line.StartsWith("full ", StringComparison.Ordinal))
                full = ParseLine(line);
        }

        return some is null ? null : new ResourcePressure(some, full);
    }

    private static PressureStall ParseLine(string line)
    {
        double ten = 0, sixty = 0, threeHundred = 0;
        long total = 0;
        foreach (string word in line.Split(' '))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                continue;
            ReadOnlySpan<char> value = word.AsSpan(equals + 1);
            if (word.StartsWith("total=", StringComparison.Ordinal))
                _ = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out total);
            else if (double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double average))
                (ten, sixty, threeHundred) = word[..equals] switch
                {
                    "avg10" => (average, sixty, threeHundred),
                    "avg60" => (ten, average, threeHundred),
                    "avg300" => (ten, sixty, average),
                    _ => (ten, sixty, threeHundred),
                };
        }

        return new PressureStall(ten, sixty, threeHundred, new TimeSpan(Math.Min(total, long.MaxValue / 10) * TimeSpan.TicksPerMicrosecond));
    }
}
