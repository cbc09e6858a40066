using System.Globalization;
using System.Text;
using ContainerKit.Builds.Parsing;

namespace ContainerKit.Builds.Execution;

/// <summary>What a --mount of RUN says.</summary>
internal sealed record RunMount
{
    private static readonly string[] Keys = ["type", "target", "dst", "destination", "source", "src", "from", "readonly", "ro", "readwrite", "rw", "id", "sharing", "mode", "uid", "gid", "size", "required", "env"];

    /// <summary>bind, cache, tmpfs, secret or ssh.</summary>
    public required string Type { get; init; }

    /// <summary>Where it is seen; null where it has a default.</summary>
    public string? Target { get; init; }

    public string Source { get; init; } = "/";

    public string? From { get; init; }

    public bool ReadOnly { get; init; }

    public string? Id { get; init; }

    /// <summary>shared, private or locked.</summary>
    public string Sharing { get; init; } = "shared";

    public uint? Mode { get; init; }

    public uint UserId { get; init; }

    public uint GroupId { get; init; }

    public ByteSize? Size { get; init; }

    public bool Required { get; init; }

    /// <summary>The variable that gets a secret; null for none.</summary>
    public string? Variable { get; init; }

    /// <summary>What a mount takes files from, before anything is expanded; null for nothing or the context.</summary>
    public static string? FindFrom(string text)
        => Split(text).Select(field => field.Split('=', 2)).LastOrDefault(pair => pair is ["from", { Length: > 0 }])?[1];

    /// <summary>Parses a mount.</summary>
    /// <exception cref="FormatException">A key or value is not known, or something is missing.</exception>
    public static RunMount Parse(string text, WordExpander expander)
    {
        List<string[]> fields = [.. Split(text).Select(field => field.Split('=', 2))];
        string type = fields.LastOrDefault(pair => pair is ["type", _])?[1] ?? "bind";
        if (type is not ("bind" or "cache" or "tmpfs" or "secret" or "ssh"))
        {
            throw new FormatException($"--mount has the type '{type}': expected bind, cache, tmpfs, secret or ssh.");
        }
        var mount = new RunMount { Type = type, ReadOnly = type == "bind" };
        foreach (string[] pair in fields)
        {
            mount = mount.With(pair[0].Trim().ToLowerInvariant(), pair.Length == 2 ? expander.ExpandVariables(pair[1]) : null);
        }
        if (mount.Target is null && type is "bind" or "cache" or "tmpfs")
        {
            throw new FormatException($"A mount of the type {type} needs a target.");
        }
        if (type == "secret" && mount is { Id: null, Target: null })
        {
            throw new FormatException("A mount of the type secret needs an id or a target.");
        }
        return mount;
    }

    private RunMount With(string key, string? value) => (key, value) switch
    {
        ("type", not null) => this,
        ("target" or "dst" or "destination", { Length: > 0 }) => this with { Target = value },
        ("source" or "src", not null) when Type is "bind" or "cache" or "secret" => Type == "secret" ? this with { Id = Id ?? value } : this with { Source = value },
        ("from", { Length: > 0 }) when Type is "bind" or "cache" => this with { From = value },
        ("readonly" or "ro", _) when Type is "bind" or "cache" => this with { ReadOnly = ParseBoolean(key, value) },
        ("readwrite" or "rw", _) when Type is "bind" or "cache" => this with { ReadOnly = !ParseBoolean(key, value) },
        ("id", { Length: > 0 }) when Type is "cache" or "secret" or "ssh" => this with { Id = value },
        ("sharing", "shared" or "private" or "locked") when Type == "cache" => this with { Sharing = value },
        ("mode", not null) when Type is "cache" or "secret" or "ssh" && value.Length is > 0 and <= 5 && value.All(c => c is >= '0' and <= '7') => this with { Mode = Convert.ToUInt32(value, 8) },
        ("uid", not null) when Type is "cache" or "secret" or "ssh" && uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint user) => this with { UserId = user },
        ("gid", not null) when Type is "cache" or "secret" or "ssh" && uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint group) => this with { GroupId = group },
        ("size", not null) when Type == "tmpfs" && ByteSize.TryParse(value, out ByteSize size) => this with { Size = size },
        ("required", _) when Type is "secret" or "ssh" => this with { Required = ParseBoolean(key, value) },
        ("env", { Length: > 0 }) when Type == "secret" => this with { Variable = value },
        _ when Array.IndexOf(Keys, key) < 0 => throw new FormatException($"--mount has no key '{key}'.{Spelling.Hint(key, Keys)}"),
        _ => throw new FormatException($"A mount of the type {Type} can't have {key}={value}."),
    };

    private static bool ParseBoolean(string key, string? value) => value?.ToLowerInvariant() switch
    {
        null or "" or "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new FormatException($"--mount has {key}={value}: expected true or false."),
    };

    /// <summary>Fields between commas; double quotes keep a comma in a field.</summary>
    private static List<string> Split(string text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        bool isQuoted = false;
        foreach (char c in text)
        {
            if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (c == ',' && !isQuoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }
        fields.Add(field.ToString());
        return fields;
    }
}
