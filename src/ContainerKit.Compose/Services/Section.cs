using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.Compose.Loading;
using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Services;

/// <summary>Reads the keys of a mapping, each by what it is to be; what nobody has read at the end is an unknown key.</summary>
internal sealed class Section(YamlMapping mapping, string path)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    public string Path => path;

    public YamlMapping Mapping => mapping;

    public IEnumerable<string> Keys => mapping.Keys;

    /// <summary>The value; null when there is none, or a null.</summary>
    public YamlNode? Take(string key)
    {
        _taken.Add(key);
        return mapping.Find(key) is { IsNull: false } value ? value : null;
    }

    public bool Has(string key) => mapping.Find(key) is { IsNull: false };

    public string? Text(string key) => Take(key) is { } value ? CanonicalShapes.Scalar(value, At(key)).Text : null;

    public string RequiredText(string key) => Text(key) ?? throw Error("", $"{key} is required");

    public bool Flag(string key) => OptionalFlag(key) ?? false;

    public bool? OptionalFlag(string key) => Text(key) switch
    {
        null => null,
        "true" or "True" or "TRUE" or "yes" or "on" or "y" => true,
        "false" or "False" or "FALSE" or "no" or "off" or "n" => false,
        string other => throw Error(key, $"'{other}' is not allowed: expected true or false"),
    };

    public long? Number(string key, long minimum = 0, long maximum = long.MaxValue)
        => Text(key) is not string text ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= minimum && number <= maximum ? number
            : throw Error(key, $"'{text}' is not allowed: expected a number from {minimum} to {maximum}");

    public double? Fraction(string key)
        => Text(key) is not string text ? null
            : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number >= 0 && double.IsFinite(number) ? number
            : throw Error(key, $"'{text}' is not allowed: expected a number such as 0.5");

    public ByteSize? Size(string key)
        => Text(key) is not string text ? null : ByteSize.TryParse(text, out ByteSize size) || ByteSize.TryParse(text + "b", out size) ? size : throw Error(key, $"'{text}' is not allowed: expected a size such as 512m");

    public TimeSpan? Duration(string key)
        => Text(key) is not string text ? null : ComposeDuration.TryParse(text, out TimeSpan duration) ? duration : throw Error(key, $"'{text}' is not allowed: expected a duration such as 1m30s");

    /// <summary>A list of texts; empty when there is none.</summary>
    public ImmutableArray<string> Texts(string key) => OptionalTexts(key) ?? [];

    public ImmutableArray<string>? OptionalTexts(string key)
        => Take(key) is { } value ? [.. CanonicalShapes.Sequence(value, At(key)).Items.Select((item, index) => CanonicalShapes.Scalar(item, $"{At(key)}[{index}]").Text)] : null;

    /// <summary>Names and texts, null for a name without a value.</summary>
    public IEnumerable<(string Name, string? Value)> Pairs(string key)
        => Take(key) is not { } value ? [] : CanonicalShapes.Mapping(value, At(key)).Entries.Select(entry => (entry.Key, entry.Value.Value.IsNull ? null : CanonicalShapes.Scalar(entry.Value.Value, $"{At(key)}.{entry.Key}").Text));

    /// <summary>The mapping below; null when there is none.</summary>
    public Section? Below(string key) => Take(key) is { } value ? new Section(CanonicalShapes.Mapping(value, At(key)), At(key)) : null;

    /// <summary>The mappings of a list.</summary>
    public IEnumerable<Section> Each(string key)
        => Take(key) is not { } value ? [] : CanonicalShapes.Sequence(value, At(key)).Items.Select((item, index) => new Section(CanonicalShapes.Mapping(item, $"{At(key)}[{index}]"), $"{At(key)}[{index}]"));

    /// <summary>The mappings of a mapping, with their names.</summary>
    public IEnumerable<(string Name, Section Section)> Named(string key)
        => Take(key) is not { } value ? [] : CanonicalShapes.Mapping(value, At(key)).Entries.Select(entry => (entry.Key, new Section(CanonicalShapes.Mapping(entry.Value.Value, $"{At(key)}.{entry.Key}"), $"{At(key)}.{entry.Key}")));

    /// <summary>Reads a text in a form that the engine knows; its refusal becomes one of the file.</summary>
    public T? Parse<T>(string key, Func<string, T> parse)
        where T : class
        => Text(key) is string text ? Guard(key, () => parse(text)) : null;

    public T Guard<T>(string key, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or FormatException and not ComposeFileException)
        {
            throw Error(key, e.Message, e);
        }
    }

    /// <summary>Keys that mean nothing on one machine, or nothing to this engine, and may be there.</summary>
    public void Accept(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
            _taken.Add(key);
    }

    /// <summary>A key that is known and can't be done.</summary>
    public void Refuse(string reason, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (Has(key))
                throw Error(key, $"this is not supported: {reason}");
            _taken.Add(key);
        }
    }

    /// <summary>Every key has been read, or begins with <c>x-</c>.</summary>
    public void End()
    {
        if (mapping.Keys.FirstOrDefault(key => !_taken.Contains(key) && !key.StartsWith("x-", StringComparison.Ordinal)) is string unknown)
            throw Error(unknown, "the key is not known");
    }

    public ComposeFileException Error(string key, string reason, Exception? inner = null)
    {
        YamlPosition position = mapping.Entries.TryGetValue(key, out YamlEntry entry) ? entry.Key : mapping.Position;
        return position.Error(key.Length == 0 ? path : At(key), reason, inner);
    }

    public string At(string key) => path.Length == 0 ? key : $"{path}.{key}";
}
