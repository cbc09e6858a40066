using System.Text;
using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Loading;

/// <summary>
/// Puts variables into texts: <c>$NAME</c>, <c>${NAME}</c>, <c>${NAME:-default}</c>, <c>${NAME:?message}</c>, <c>${NAME:+other}</c>, each also
/// without the colon, which lets an empty value count; nested; <c>$$</c> is a dollar sign.
/// </summary>
internal sealed class Interpolation(ProjectEnvironment environment)
{
    private const int MaximumLength = 1 << 20;
    private const int MaximumDepth = 32;

    /// <summary>Puts variables into every value; keys stay as they are.</summary>
    public YamlNode Apply(YamlNode node, string path) => node switch
    {
        YamlScalar scalar => scalar.Text.Contains('$', StringComparison.Ordinal) ? scalar.WithText(Expand(scalar.Text, reason => scalar.Position.Error(path, reason))) : scalar,
        YamlSequence sequence => new YamlSequence(sequence.Items.Select((item, index) => Apply(item, $"{path}[{index}]")), sequence.Position, sequence.Tag),
        YamlMapping mapping => mapping.Select((key, value) => Apply(value, path.Length == 0 ? key : $"{path}.{key}")),
        _ => node,
    };

    /// <param name="text">The text.</param>
    /// <param name="error">Makes the exception for a reason.</param>
    public string Expand(string text, Func<string, Exception> error)
    {
        int position = 0;
        return Expand(text, ref position, depth: 0, error);
    }

    /// <summary>Reads to the end, or inside of braces to the one that closes.</summary>
    private string Expand(string text, ref int position, int depth, Func<string, Exception> error)
    {
        if (depth > MaximumDepth)
            throw error($"variables are nested more than {MaximumDepth} levels deep");
        var result = new StringBuilder();
        while (position < text.Length)
        {
            char c = text[position++];
            if (c == '}' && depth > 0)
                return result.ToString();
            result.Append(c == '$' ? ReadVariable(text, ref position, depth, error) : c.ToString());
            if (result.Length > MaximumLength)
                throw error("the value is too long with its variables");
        }

        return depth == 0 ? result.ToString() : throw error($"'{text}' has '${{' without '}}'");
    }

    private string ReadVariable(string text, ref int position, int depth, Func<string, Exception> error)
    {
        if (position < text.Length && text[position] == '$')
        {
            position++;
            return "$";
        }

        bool isBraced = position < text.Length && text[position] == '{';
        if (isBraced)
            position++;
        int start = position;
        while (position < text.Length && (text[position] == '_' || char.IsAsciiLetter(text[position]) || (position > start && char.IsAsciiDigit(text[position]))))
            position++;
        string name = text[start..position];
        if (name.Length == 0)
            throw error($"'{text}' has a '$' that begins no variable: write $$ for a dollar sign");
        return isBraced ? ReadBraced(text, name, ref position, depth, error) : environment.FindOrWarn(name);
    }

    private string ReadBraced(string text, string name, ref int position, int depth, Func<string, Exception> error)
    {
        bool emptyIsUnset = position < text.Length && text[position] == ':';
        if (emptyIsUnset)
            position++;
        char operation = position < text.Length ? text[position++] : '\0';
        if (operation == '}' && !emptyIsUnset)
            return environment.FindOrWarn(name);
        if (operation is not ('-' or '?' or '+'))
            throw error($"'{text}' is malformed after the variable {name}: expected }}, :-, -, :?, ?, :+ or +");
        string operand = Expand(text, ref position, depth + 1, error);
        string? value = environment.Find(name) is { } found && (found.Length > 0 || !emptyIsUnset) ? found : null;
        return operation switch
        {
            '-' => value ?? operand,
            '+' => value is null ? "" : operand,
            _ => value ?? throw error(operand.Length > 0 ? $"the variable {name} is required: {operand}" : $"the variable {name} is required, and not set"),
        };
    }
}
