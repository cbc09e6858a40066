using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ContainerKit.Cli.Output;

namespace ContainerKit.Cli.Templates;

/// <summary>The functions of Go's templates and those that docker adds.</summary>
internal static class TemplateFunctions
{
    private static readonly Dictionary<string, Func<IReadOnlyList<object?>, object?>> Functions = new(StringComparer.Ordinal)
    {
        ["json"] = arguments => JsonText.Of(TemplateValue.ToJson(One(arguments, "json"))),
        ["split"] = arguments => Text(arguments, 0, "split").Split(Text(arguments, 1, "split")).Select(part => (object?)part).ToList(),
        ["join"] = arguments => string.Join(Text(arguments, 1, "join"), Strings(arguments[0])),
        ["title"] = arguments => Title(Text(arguments, 0, "title")),
        ["lower"] = arguments => Text(arguments, 0, "lower").ToLowerInvariant(),
        ["upper"] = arguments => Text(arguments, 0, "upper").ToUpperInvariant(),
        ["pad"] = arguments => Text(arguments, 0, "pad") is { Length: > 0 } text ? new string(' ', Number(arguments, 1, "pad")) + text + new string(' ', Number(arguments, 2, "pad")) : "",
        ["truncate"] = arguments => Text(arguments, 0, "truncate") is var text && text.Length > Number(arguments, 1, "truncate") ? text[..Number(arguments, 1, "truncate")] : text,
        ["println"] = arguments => string.Join(' ', arguments.Select(TemplateValue.Show)) + "\n",
        ["print"] = Print,
        ["printf"] = arguments => TemplateFormat.Apply(Text(arguments, 0, "printf"), [.. arguments.Skip(1)]),
        ["len"] = arguments => Length(One(arguments, "len")),
        ["index"] = arguments => arguments.Skip(1).Aggregate(arguments.Count > 0 ? arguments[0] : null, Index),
        ["slice"] = Slice,
        ["not"] = arguments => !TemplateValue.IsTrue(One(arguments, "not")),
        ["and"] = arguments => arguments.FirstOrDefault(value => !TemplateValue.IsTrue(value), arguments[^1]),
        ["or"] = arguments => arguments.FirstOrDefault(TemplateValue.IsTrue, arguments[^1]),
        ["eq"] = arguments => arguments.Skip(1).Any(other => Compare(arguments[0], other, "eq") == 0),
        ["ne"] = arguments => Compare(arguments[0], Second(arguments, "ne"), "ne") != 0,
        ["lt"] = arguments => Compare(arguments[0], Second(arguments, "lt"), "lt") < 0,
        ["le"] = arguments => Compare(arguments[0], Second(arguments, "le"), "le") <= 0,
        ["gt"] = arguments => Compare(arguments[0], Second(arguments, "gt"), "gt") > 0,
        ["ge"] = arguments => Compare(arguments[0], Second(arguments, "ge"), "ge") >= 0,
        ["html"] = arguments => System.Net.WebUtility.HtmlEncode(Print(arguments)),
        ["urlquery"] = arguments => Uri.EscapeDataString(Print(arguments)),
    };

    public static bool Exists(string name) => Functions.ContainsKey(name);

    /// <exception cref="FormatException">The arguments are not for it.</exception>
    public static object? Call(string name, IReadOnlyList<object?> arguments)
        => arguments.Count == 0 && name is not ("print" or "println") ? throw Wrong(name, "wrong number of args: got 0") : Functions[name](arguments);

    private static FormatException Wrong(string name, string reason) => new($"template: error calling {name}: {reason}");

    private static object? One(IReadOnlyList<object?> arguments, string name) => arguments is [var only] ? only : throw Wrong(name, $"wrong number of args: want 1 got {arguments.Count}");

    private static object? Second(IReadOnlyList<object?> arguments, string name) => arguments is [_, var second] ? second : throw Wrong(name, "two values are wanted");

    private static string Text(IReadOnlyList<object?> arguments, int position, string name)
        => position < arguments.Count ? arguments[position] as string ?? (arguments[position] is TemplateNull ? "" : throw Wrong(name, $"wrong type for value; expected string; got {TemplateValue.TypeName(arguments[position])}"))
            : throw Wrong(name, $"wrong number of args: got {arguments.Count}");

    private static int Number(IReadOnlyList<object?> arguments, int position, string name)
        => position < arguments.Count && arguments[position] is long number and >= 0 and <= 100_000 ? (int)number : throw Wrong(name, "a small number is wanted");

    private static IEnumerable<string> Strings(object? value)
        => TemplateValue.Elements(value)?.Select(element => TemplateValue.Show(element.Value)) ?? throw Wrong("join", $"expected a list; got {TemplateValue.TypeName(value)}");

    /// <summary>Every word begins with a capital letter.</summary>
    private static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        bool begins = true;
        foreach (char c in text)
        {
            result.Append(begins ? char.ToUpperInvariant(c) : c);
            begins = !char.IsLetterOrDigit(c) && c is not ('_' or '\'');
        }

        return result.ToString();
    }

    /// <summary>As Go's Sprint: a space between two values of which none is a text.</summary>
    private static string Print(IReadOnlyList<object?> arguments)
    {
        var text = new StringBuilder();
        for (int i = 0; i < arguments.Count; i++)
        {
            if (i > 0 && arguments[i] is not string && arguments[i - 1] is not string)
                text.Append(' ');
            text.Append(TemplateValue.Show(arguments[i]));
        }

        return text.ToString();
    }

    private static long Length(object? value) => value switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        TemplateNull => 0,
        JsonArray list => list.Count,
        JsonObject map => map.Count,
        IReadOnlyList<object?> list => list.Count,
        _ => throw Wrong("len", $"len of type {TemplateValue.TypeName(value)}"),
    };

    private static object? Index(object? value, object? key) => (value, key) switch
    {
        (JsonObject map, string name) => map.TryGetPropertyValue(name, out JsonNode? found) ? TemplateValue.From(found) : "",
        (JsonArray list, long number) => number >= 0 && number < list.Count ? TemplateValue.From(list[(int)number]) : throw Wrong("index", $"index out of range: {number}"),
        (IReadOnlyList<object?> list, long number) => number >= 0 && number < list.Count ? list[(int)number] : throw Wrong("index", $"index out of range: {number}"),
        (string text, long number) => number >= 0 && number < text.Length ? (long)text[(int)number] : throw Wrong("index", $"index out of range: {number}"),
        (TemplateNull { Text: "[]" }, long number) => throw Wrong("index", $"index out of range: {number}"),
        (TemplateNull, _) => "",
        (null, _) => throw Wrong("index", "index of untyped nil"),
        _ => throw Wrong("index", $"can't index item of type {TemplateValue.TypeName(value)}"),
    };

    private static object? Slice(IReadOnlyList<object?> arguments)
    {
        long length = Length(arguments[0]);
        long from = arguments.Count > 1 ? Number(arguments, 1, "slice") : 0;
        long to = arguments.Count > 2 ? Number(arguments, 2, "slice") : length;
        if (from > to || to > length)
            throw Wrong("slice", $"index out of range: {to}");
        return arguments[0] is string text
            ? text.Length == length ? text[(int)from..(int)to] : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text).AsSpan((int)from, (int)(to - from)))
            : TemplateValue.Elements(arguments[0])!.Skip((int)from).Take((int)(to - from)).Select(element => element.Value).ToList();
    }

    private static int Compare(object? left, object? right, string name) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (long a, long b) => a.CompareTo(b),
        (double or long, double or long) => Convert.ToDouble(left, CultureInfo.InvariantCulture).CompareTo(Convert.ToDouble(right, CultureInfo.InvariantCulture)),
        (bool a, bool b) => a.CompareTo(b),
        (null or TemplateNull, null or TemplateNull) => 0,
        (null or TemplateNull, _) or (_, null or TemplateNull) => 1,
        _ => throw Wrong(name, "incompatible types for comparison"),
    };
}
