using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.Cli.Output;

namespace ContainerKit.Cli.Templates;

/// <summary>Go's printf, as far as templates use it: <c>%v %s %q %d %x %t %f</c> with width, precision, <c>-</c> and <c>0</c>.</summary>
internal static class TemplateFormat
{
    private const int LargestWidth = 10_000;

    public static string Apply(string format, IReadOnlyList<object?> values)
    {
        var text = new StringBuilder();
        int used = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            int start = ++i;
            while (i < format.Length && (char.IsAsciiDigit(format[i]) || format[i] is '-' or '+' or '.' or '#' or ' '))
                i++;
            if (i == format.Length)
                return text.Append("%!(NOVERB)").ToString();
            string flags = format[start..i];
            if (format[i] == '%')
                text.Append('%');
            else if (used == values.Count)
                text.Append(CultureInfo.InvariantCulture, $"%!{format[i]}(MISSING)");
            else
                text.Append(Pad(Show(format[i], flags, values[used++]), flags));
        }

        if (used < values.Count)
            text.Append(CultureInfo.InvariantCulture, $"%!(EXTRA {string.Join(", ", values.Skip(used).Select(value => $"{TemplateValue.TypeName(value)}={TemplateValue.Show(value)}"))})");
        return text.ToString();
    }

    private static string Show(char verb, string flags, object? value) => (verb, value) switch
    {
        ('v' or 's', _) => Cut(TemplateValue.Show(value), flags, verb),
        ('q', _) => JsonText.Of(JsonValue.Create(TemplateValue.Show(value))),
        ('d', long number) => number.ToString(CultureInfo.InvariantCulture),
        ('x', long number) => number.ToString("x", CultureInfo.InvariantCulture),
        ('x', string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)),
        ('t', bool flag) => flag ? "true" : "false",
        ('f', double number) => number.ToString($"F{Precision(flags) ?? 6}", CultureInfo.InvariantCulture),
        _ => $"%!{verb}({TemplateValue.TypeName(value)}={TemplateValue.Show(value)})",
    };

    private static string Cut(string text, string flags, char verb) => verb == 's' && Precision(flags) is int length && length < text.Length ? text[..length] : text;

    private static int? Precision(string flags)
        => flags.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? int.TryParse(flags.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int digits) ? Math.Min(digits, 100) : 0 : null;

    private static string Pad(string text, string flags)
    {
        string width = new([.. flags.TakeWhile(c => c != '.').Where(char.IsAsciiDigit)]);
        if (!int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out int columns) || columns > LargestWidth)
            return text;
        return flags.Contains('-', StringComparison.Ordinal) ? text.PadRight(columns) : width is ['0', ..] ? text.PadLeft(columns, '0') : text.PadLeft(columns);
    }
}
