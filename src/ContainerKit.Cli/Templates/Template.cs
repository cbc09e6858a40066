using System.Text;
using System.Text.Json.Nodes;
using static ContainerKit.Cli.Templates.TemplateNode;

namespace ContainerKit.Cli.Templates;

/// <summary>
/// A template of <c>--format</c>: the language of Go's text/template, without templates in templates, with docker's functions.
/// </summary>
internal sealed class Template
{
    private readonly IReadOnlyList<TemplateNode> _nodes;

    private Template(IReadOnlyList<TemplateNode> nodes) => _nodes = nodes;

    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    /// <exception cref="FormatException">It is malformed.</exception>
    public static Template Parse(string text) => new(TemplateParser.Parse(text));

    /// <param name="value">The dot: a <see cref="JsonNode"/> or a <see cref="TemplateRow"/>.</param>
    /// <exception cref="FormatException">The value has not what the template asks for.</exception>
    public string Render(object? value)
    {
        var text = new StringBuilder();
        object? dot = value is JsonNode node ? TemplateValue.From(node) : value;
        Run(_nodes, new Scope(null, dot) { Variables = { [""] = dot } }, text);
        return text.ToString();
    }

    private static Flow Run(IReadOnlyList<TemplateNode> nodes, Scope scope, StringBuilder text)
    {
        foreach (TemplateNode node in nodes)
        {
            Flow flow = node switch
            {
                Literal literal => Write(text, literal.Text),
                Print print => RunPrint(print.Value, scope, text),
                If choice => RunIf(choice, scope, text),
                With with => RunWith(with, scope, text),
                TemplateNode.Range range => RunRange(range, scope, text),
                Leave leave => leave.Continues ? Flow.Continue : Flow.Break,
                _ => throw new InvalidOperationException(),
            };
            if (flow != Flow.Next)
                return flow;
        }

        return Flow.Next;
    }

    private static Flow Write(StringBuilder text, string part)
    {
        text.Append(part);
        return Flow.Next;
    }

    private static Flow RunPrint(Pipeline pipeline, Scope scope, StringBuilder text)
    {
        object? value = Evaluate(pipeline, scope);
        if (pipeline.Variables.Count == 0)
            text.Append(TemplateValue.Show(value is TemplateRow row ? row.ToJson() : value));
        return Flow.Next;
    }

    private static Flow RunIf(If choice, Scope scope, StringBuilder text)
    {
        var inner = new Scope(scope, scope.Dot);
        return Run(TemplateValue.IsTrue(Evaluate(choice.Condition, inner)) ? choice.Then : choice.Else, inner, text);
    }

    private static Flow RunWith(With with, Scope scope, StringBuilder text)
    {
        var inner = new Scope(scope, scope.Dot);
        object? value = Evaluate(with.Value, inner);
        return TemplateValue.IsTrue(value) ? Run(with.Body, new Scope(inner, value), text) : Run(with.Else, inner, text);
    }

    private static Flow RunRange(TemplateNode.Range range, Scope scope, StringBuilder text)
    {
        object? value = Evaluate(range.Value with { Variables = [] }, scope);
        IEnumerable<(object? Index, object? Value)> elements = TemplateValue.Elements(value) ?? throw new FormatException($"template: range can't iterate over {TemplateValue.Show(value)}");
        bool any = false;
        foreach ((object? index, object? element) in elements)
        {
            any = true;
            var inner = new Scope(scope, element);
            IReadOnlyList<string> variables = range.Value.Variables;
            if (variables.Count > 0)
                inner.Variables[variables[^1]] = element;
            if (variables.Count > 1)
                inner.Variables[variables[0]] = index;
            if (Run(range.Body, inner, text) == Flow.Break)
                return Flow.Next;
        }

        return any ? Flow.Next : Run(range.Else, scope, text);
    }

    private static object? Evaluate(Pipeline pipeline, Scope scope)
    {
        object? value = null;
        bool hasValue = false;
        foreach (IReadOnlyList<Operand> command in pipeline.Commands)
        {
            value = EvaluateCommand(command, scope, hasValue, value);
            hasValue = true;
        }

        foreach (string variable in pipeline.Variables)
            scope.Set(variable, value, pipeline.Declares);
        return value;
    }

    private static object? EvaluateCommand(IReadOnlyList<Operand> command, Scope scope, bool hasLast, object? last)
    {
        if (command[0] is Operand.Function function)
        {
            // The two that decide by what comes first don't look at the rest.
            List<object?> arguments = [];
            foreach (Operand operand in command.Skip(1))
            {
                object? argument = EvaluateOperand(operand, scope);
                if (function.Name == "and" && !TemplateValue.IsTrue(argument) || function.Name == "or" && TemplateValue.IsTrue(argument))
                    return argument;
                arguments.Add(argument);
            }

            if (hasLast)
                arguments.Add(last);
            return TemplateFunctions.Call(function.Name, arguments);
        }

        object? value = EvaluateOperand(command[0], scope);
        if (value is TemplateMethod method)
            return method.Call([.. command.Skip(1).Select(operand => EvaluateOperand(operand, scope)), .. hasLast ? (object?[])[last] : []]);
        return command.Count == 1 && !hasLast ? value : throw new FormatException("template: can't give argument to non-function");
    }

    private static object? EvaluateOperand(Operand operand, Scope scope) => operand switch
    {
        Operand.Dot => scope.Dot,
        Operand.Constant constant => constant.Value,
        Operand.Variable variable => scope.Get(variable.Name),
        Operand.Fields fields => fields.Names.Aggregate(fields.Of is null ? scope.Dot : EvaluateOperand(fields.Of, scope), TemplateValue.Field),
        Operand.Nested nested => Evaluate(nested.Value, new Scope(scope, scope.Dot)),
        Operand.Function function => TemplateFunctions.Call(function.Name, []),
        _ => throw new InvalidOperationException(),
    };

    private sealed class Scope(Scope? outer, object? dot)
    {
        public object? Dot { get; } = dot;

        public Dictionary<string, object?> Variables { get; } = new(StringComparer.Ordinal);

        public object? Get(string name) => Variables.TryGetValue(name, out object? value) ? value
            : outer is not null ? outer.Get(name) : throw new FormatException($"template: undefined variable \"${name}\"");

        public void Set(string name, object? value, bool declares)
        {
            if (declares || Variables.ContainsKey(name))
                Variables[name] = value;
            else if (outer is not null)
                outer.Set(name, value, declares);
            else
                throw new FormatException($"template: undefined variable \"${name}\"");
        }
    }
}
