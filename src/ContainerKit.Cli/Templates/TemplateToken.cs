namespace ContainerKit.Cli.Templates;

/// <summary>The kinds of words in an action.</summary>
internal enum TemplateTokenKind
{
    /// <summary><c>range</c>, <c>json</c>, <c>true</c>.</summary>
    Word,

    /// <summary><c>.Name</c>; the text is the name.</summary>
    Field,

    /// <summary>A dot alone.</summary>
    Dot,

    /// <summary><c>$name</c>; the text is the name.</summary>
    Variable,

    /// <summary>A text, without its quotes.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary><c>| ( ) , := =</c>.</summary>
    Sign,
}

/// <summary>A word of an action.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text.</param>
/// <param name="FollowsSpace">True: there is space before it, so that <c>.a .b</c> are two values and <c>.a.b</c> one.</param>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Text, bool FollowsSpace);
