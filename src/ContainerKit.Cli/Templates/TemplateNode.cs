namespace ContainerKit.Cli.Templates;

/// <summary>A part of a template.</summary>
internal abstract record TemplateNode
{
    internal sealed record Literal(string Text) : TemplateNode;

    /// <summary>Prints a value, or gives it to variables.</summary>
    internal sealed record Print(Pipeline Value) : TemplateNode;

    internal sealed record If(Pipeline Condition, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else) : TemplateNode;

    internal sealed record With(Pipeline Value, IReadOnlyList<TemplateNode> Body, IReadOnlyList<TemplateNode> Else) : TemplateNode;

    internal sealed record Range(Pipeline Value, IReadOnlyList<TemplateNode> Body, IReadOnlyList<TemplateNode> Else) : TemplateNode;

    internal sealed record Leave(bool Continues) : TemplateNode;

    /// <summary>Commands, each of which gets what the one before it made as its last argument.</summary>
    /// <param name="Variables">What gets the value; for range two, the index and the element.</param>
    /// <param name="Declares">True for <c>:=</c>.</param>
    /// <param name="Commands">At least one.</param>
    internal sealed record Pipeline(IReadOnlyList<string> Variables, bool Declares, IReadOnlyList<IReadOnlyList<Operand>> Commands);

    /// <summary>A value, or a function.</summary>
    internal abstract record Operand
    {
        /// <summary>Fields of something, or of the dot when <see cref="Of"/> is null.</summary>
        internal sealed record Fields(Operand? Of, IReadOnlyList<string> Names) : Operand;

        internal sealed record Dot : Operand;

        internal sealed record Variable(string Name) : Operand;

        internal sealed record Constant(object? Value) : Operand;

        internal sealed record Function(string Name) : Operand;

        internal sealed record Nested(Pipeline Value) : Operand;
    }
}
