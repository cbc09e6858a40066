namespace ContainerKit.Oci;

/// <summary>A reference, digest or document that breaks its grammar or specification. The message says what, where and why.</summary>
public sealed class OciFormatException : FormatException
{
    // Hostile documents can carry megabytes in a name; an error message must stay a line.
    private const int MaxPartLength = 300;

    /// <summary>Creates the exception.</summary>
    /// <param name="what">What was read, for instance <c>image manifest</c>.</param>
    /// <param name="where">Where in it: a JSON path, or the text itself where it is short; null for the whole.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="inner">The cause, or null.</param>
    public OciFormatException(string what, string? where, string reason, Exception? inner = null)
        : base(where is null ? $"{what}: {Shorten(reason)}" : $"{what}, {Shorten(where)}: {Shorten(reason)}", inner)
    {
        What = what;
        Where = where is null ? null : Shorten(where);
    }

    /// <summary>What was read, for instance <c>image manifest</c>.</summary>
    public string What { get; }

    /// <summary>Where in it: a JSON path such as <c>$.layers[2].digest</c>, or the offending text; null for the whole.</summary>
    public string? Where { get; }

    private static string Shorten(string text) => text.Length <= MaxPartLength ? text : string.Concat(text.AsSpan(0, MaxPartLength), "…");
}
