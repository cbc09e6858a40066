using System.Buffers;
using System.Globalization;
using ContainerKit.Oci;

namespace ContainerKit.Images;

/// <summary>The arguments of HEALTHCHECK.</summary>
internal static class HealthCheckInstruction
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>Parses them; null where they are malformed.</summary>
    public static HealthCheck? Parse(string text, IReadOnlyList<string> shell)
    {
        var check = new HealthCheck();
        while (text.StartsWith("--", StringComparison.Ordinal))
        {
            int blank = text.AsSpan().IndexOfAny(' ', '\t');
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (blank < 0 || equals < 0 || equals > blank || WithOption(check, text[2..equals], text[(equals + 1)..blank]) is not { } changed)
            {
                return null;
            }
            check = changed;
            text = text[blank..].Trim();
        }
        if (text.Equals("NONE", StringComparison.OrdinalIgnoreCase))
        {
            return check with { Test = ["NONE"] };
        }
        if (!text.StartsWith("CMD", StringComparison.OrdinalIgnoreCase) || text.Length < 5 || !char.IsWhiteSpace(text[3]))
        {
            return null;
        }
        string command = text[3..].Trim();
        bool isDefaultShell = shell is ["/bin/sh", "-c"];
        return check with
        {
            Test = InstructionText.ParseArray(command) is { } array ? ["CMD", .. array] : isDefaultShell ? ["CMD-SHELL", command] : ["CMD", .. shell, command],
        };
    }

    private static HealthCheck? WithOption(HealthCheck check, string name, string value)
    {
        if (name == "retries")
        {
            return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int retries) ? check with { Retries = retries } : null;
        }
        return ParseDuration(value) is not { } time ? null : name switch
        {
            "interval" => check with { Interval = time },
            "timeout" => check with { Timeout = time },
            "start-period" => check with { StartPeriod = time },
            "start-interval" => check with { StartInterval = time },
            _ => null,
        };
    }

    /// <summary>Go's form: numbers with units one after the other, <c>1m30s</c>.</summary>
    private static TimeSpan? ParseDuration(string text)
    {
        double seconds = 0;
        while (text.Length > 0)
        {
            int digits = text.AsSpan().IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return null;
            }
            int unitLength = text.AsSpan(digits).IndexOfAny(Digits) is var next and >= 0 ? next : text.Length - digits;
            double? factor = text.Substring(digits, unitLength) switch
            {
                "h" => 3600,
                "m" => 60,
                "s" => 1,
                "ms" => 1e-3,
                "us" or "µs" => 1e-6,
                "ns" => 1e-9,
                _ => null,
            };
            if (factor is null)
            {
                return null;
            }
            seconds += number * factor.Value;
            text = text[(digits + unitLength)..];
        }
        return seconds is >= 0 and < 1e9 ? TimeSpan.FromSeconds(seconds) : null;
    }
}
