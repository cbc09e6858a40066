using System.Globalization;
using static ContainerKit.Cli.Templates.TemplateNode;

namespace ContainerKit.Cli.Templates;

/// <summary>Reads templates by the grammar of Go's text/template.</summary>
internal sealed class TemplateParser
{
    private const int DeepestNesting = 100;

    private readonly string _text;
    private int _position;
    private int _depth;
    private bool _trimsNext;

    private TemplateParser(string text) => _text = text;

    /// <exception cref="FormatException">The template is malformed.</exception>
    public static IReadOnlyList<TemplateNode> Parse(string text)
    {
        var parser = new TemplateParser(text);
        IReadOnlyList<TemplateNode> nodes = parser.ReadList(out string? end, out _);
        return end is null ? nodes : throw Error($"unexpected {{{{{end}}}}}");
    }

    private static FormatException Error(string message) => new($"template parsing error: {message}");

    /// <summary>Reads up to the end of the text, or to an end or else, which is returned with its words.</summary>
    private List<TemplateNode> ReadList(out string? end, out List<TemplateToken> endTokens)
    {
        List<TemplateNode> nodes = [];
        endTokens = [];
        while (true)
        {
            int start = _text.IndexOf("{{", _position, StringComparison.Ordinal);
            string literal = start < 0 ? _text[_position..] : _text[_position..start];
            bool trimsBefore = start >= 0 && string.Compare(_text, start + 2, "- ", 0, 2, StringComparison.Ordinal) == 0;
            if (_trimsNext)
                literal = literal.TrimStart();
            if (trimsBefore)
                literal = literal.TrimEnd();
            if (literal.Length > 0)
                nodes.Add(new Literal(literal));
            if (start < 0)
            {
                _position = _text.Length;
                end = null;
                return nodes;
            }

            string action = ReadAction(start + 2 + (trimsBefore ? 1 : 0));
            if (action.TrimStart().StartsWith("/*", StringComparison.Ordinal))
                continue;
            List<TemplateToken> tokens = TemplateLexer.Read(action);
            if (tokens is [{ Kind: TemplateTokenKind.Word, Text: "end" or "else" } word, ..])
            {
                end = word.Text;
                endTokens = tokens;
                return nodes;
            }

            nodes.Add(ReadNode(tokens, action));
        }
    }

    private string ReadAction(int start)
    {
        int position = start;
        char quote = '\0';
        for (; position < _text.Length; position++)
        {
            char c = _text[position];
            if (quote != '\0')
            {
                if (c == '\\' && quote == '"')
                    position++;
                else if (c == quote)
                    quote = '\0';
            }
            else if (c is '"' or '`')
            {
                quote = c;
            }
            else if (c == '}' && position + 1 < _text.Length && _text[position + 1] == '}')
            {
                string action = _text[start..position];
                _trimsNext = action.EndsWith(" -", StringComparison.Ordinal);
                _position = position + 2;
                return _trimsNext ? action[..^2] : action;
            }
        }

        throw Error("unclosed action");
    }

    private TemplateNode ReadNode(List<TemplateToken> tokens, string action)
    {
        if (tokens is [{ Kind: TemplateTokenKind.Word } word, ..])
        {
            switch (word.Text)
            {
                case "if" or "with" or "range":
                    return ReadBlock(word.Text, tokens[1..]);
                case "break" or "continue" when tokens.Count == 1:
                    return new Leave(word.Text == "continue");
                case "define" or "template" or "block":
                    throw Error($"{{{{{word.Text}}}}} is not supported");
            }
        }

        if (tokens.Count == 0)
            throw Error($"missing value for command in '{{{{{action}}}}}'");
        return new Print(ReadPipeline(tokens));
    }

    private TemplateNode ReadBlock(string kind, List<TemplateToken> tokens)
    {
        if (++_depth > DeepestNesting)
            throw Error("it is nested too deeply");
        Pipeline value = ReadPipeline(tokens);
        IReadOnlyList<TemplateNode> body = ReadList(out string? end, out List<TemplateToken> endTokens);
        IReadOnlyList<TemplateNode> otherwise = [];
        if (end == "else" && endTokens is [_, { Kind: TemplateTokenKind.Word, Text: "if" or "with" } again, ..])
        {
            // The inner block takes the end of both.
            otherwise = [ReadBlock(again.Text, endTokens[2..])];
            end = "end";
        }
        else if (end == "else")
        {
            otherwise = ReadList(out end, out _);
        }

        if (end != "end")
            throw Error($"unexpected {(end is null ? "EOF" : $"{{{{{end}}}}}")}");
        _depth--;
        return kind switch
        {
            "if" => new If(value, body, otherwise),
            "with" => new With(value, body, otherwise),
            _ => new TemplateNode.Range(value, body, otherwise),
        };
    }

    private Pipeline ReadPipeline(List<TemplateToken> tokens)
    {
        if (++_depth > DeepestNesting)
            throw Error("it is nested too deeply");
        List<string> variables = [];
        bool declares = false;
        int assignment = tokens.FindIndex(token => token is { Kind: TemplateTokenKind.Sign, Text: ":=" or "=" });
        if (assignment > 0 && tokens[..assignment].All(token => token.Kind == TemplateTokenKind.Variable || token is { Kind: TemplateTokenKind.Sign, Text: "," }))
        {
            variables = [.. tokens[..assignment].Where(token => token.Kind == TemplateTokenKind.Variable).Select(token => token.Text)];
            declares = tokens[assignment].Text == ":=";
            tokens = tokens[(assignment + 1)..];
        }

        List<IReadOnlyList<Operand>> commands = [];
        List<TemplateToken> command = [];
        int depth = 0;
        foreach (TemplateToken token in tokens)
        {
            depth += token is { Kind: TemplateTokenKind.Sign, Text: "(" } ? 1 : token is { Kind: TemplateTokenKind.Sign, Text: ")" } ? -1 : 0;
            if (depth == 0 && token is { Kind: TemplateTokenKind.Sign, Text: "|" })
            {
                commands.Add(ReadCommand(command));
                command = [];
                continue;
            }

            command.Add(token);
        }

        commands.Add(ReadCommand(command));
        _depth--;
        return new Pipeline(variables, declares, commands);
    }

    private List<Operand> ReadCommand(List<TemplateToken> tokens)
    {
        List<Operand> operands = [];
        for (int i = 0; i < tokens.Count;)
        {
            Operand operand = ReadOperand(tokens, ref i);
            List<string> fields = [];
            while (i < tokens.Count && tokens[i] is { Kind: TemplateTokenKind.Field, FollowsSpace: false })
                fields.Add(tokens[i++].Text);
            operands.Add(fields.Count == 0 ? operand
                : operand is Operand.Fields { Of: null } first ? first with { Names = [.. first.Names, .. fields] } : new Operand.Fields(operand, fields));
        }

        return operands.Count > 0 ? operands : throw Error("missing value for command");
    }

    private Operand ReadOperand(List<TemplateToken> tokens, ref int position)
    {
        TemplateToken token = tokens[position++];
        switch (token.Kind)
        {
            case TemplateTokenKind.Field:
                return new Operand.Fields(null, [token.Text]);
            case TemplateTokenKind.Dot:
                return new Operand.Dot();
            case TemplateTokenKind.Variable:
                return new Operand.Variable(token.Text);
            case TemplateTokenKind.Text:
                return new Operand.Constant(token.Text);
            case TemplateTokenKind.Number:
                return new Operand.Constant(ReadNumber(token.Text));
            case TemplateTokenKind.Word:
                return token.Text switch
                {
                    "true" => new Operand.Constant(true),
                    "false" => new Operand.Constant(false),
                    "nil" => new Operand.Constant(null),
                    _ => TemplateFunctions.Exists(token.Text) ? new Operand.Function(token.Text) : throw Error($"function \"{token.Text}\" not defined"),
                };
            case TemplateTokenKind.Sign when token.Text == "(":
                int end = FindEnd(tokens, position);
                Pipeline nested = ReadPipeline(tokens[position..end]);
                position = end + 1;
                return new Operand.Nested(nested);
            default:
                throw Error($"unexpected \"{token.Text}\"");
        }
    }

    private static int FindEnd(List<TemplateToken> tokens, int position)
    {
        int depth = 1;
        for (int i = position; i < tokens.Count; i++)
        {
            depth += tokens[i] is { Kind: TemplateTokenKind.Sign, Text: "(" } ? 1 : tokens[i] is { Kind: TemplateTokenKind.Sign, Text: ")" } ? -1 : 0;
            if (depth == 0)
                return i;
        }

        throw Error("unclosed left paren");
    }

    private static object ReadNumber(string text)
    {
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return whole;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && long.TryParse(digits.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hexadecimal))
            return hexadecimal;
        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) ? real : throw Error($"bad number syntax: \"{text}\"");
    }
}
