using System.Globalization;
using System.Text.RegularExpressions;
using ContainerKit.Cli.CommandLine;

namespace ContainerKit.Cli.Containers;

/// <summary>Go's durations: <c>1m30s</c>, <c>500ms</c>.</summary>
internal static partial class DurationText
{
    public static TimeSpan? Read(CommandInvocation invocation, string flag)
        => invocation.Value(flag) is not string text ? null : TryParse(text) ?? throw invocation.Invalid(flag, text, "a time such as 30s or 1m30s is wanted");

    public static TimeSpan? TryParse(string text)
    {
        if (!Whole().IsMatch(text))
            return text == "0" ? TimeSpan.Zero : null;
        TimeSpan sum = TimeSpan.Zero;
        foreach (Match part in Part().Matches(text))
        {
            double count = double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture);
            sum += part.Groups[2].Value switch
            {
                "h" => TimeSpan.FromHours(count),
                "m" => TimeSpan.FromMinutes(count),
                "s" => TimeSpan.FromSeconds(count),
                "ms" => TimeSpan.FromMilliseconds(count),
                _ => TimeSpan.FromMicroseconds(count),
            };
        }

        return sum;
    }

    [GeneratedRegex(@"^([0-9]{1,6}(\.[0-9]{1,9})?(h|ms|us|m|s))+$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"([0-9.]+)(h|ms|us|m|s)")]
    private static partial Regex Part();
}
