namespace ContainerKit;

/// <summary>Whose namespace of one kind a container is in: its own, the host's, or another container's.</summary>
public sealed record NamespaceMode
{
    private const string ContainerPrefix = "container:";

    /// <summary>A namespace of its own. For IPC: which no other container may join.</summary>
    public static NamespaceMode Private { get; } = new();

    /// <summary>The host's.</summary>
    public static NamespaceMode Host { get; } = new() { Kind = NamespaceModeKind.Host };

    /// <summary>For IPC: a namespace of its own that other containers may join.</summary>
    public static NamespaceMode Shareable { get; } = new() { Kind = NamespaceModeKind.Shareable };

    /// <summary>For IPC: a namespace of its own without /dev/shm.</summary>
    public static NamespaceMode None { get; } = new() { Kind = NamespaceModeKind.None };

    /// <summary>Whose it is.</summary>
    public NamespaceModeKind Kind { get; init; }

    /// <summary>The container, for <see cref="NamespaceModeKind.Container"/>; null otherwise.</summary>
    public string? Container { get; init; }

    /// <summary>The namespace of another container, which has to run when this one is started.</summary>
    /// <param name="idOrName">Its id or name; looked up when the container is created.</param>
    public static NamespaceMode OfContainer(string idOrName) => new() { Kind = NamespaceModeKind.Container, Container = idOrName };

    /// <summary>The namespace of another container, which has to run when this one is started.</summary>
    /// <param name="container">A container of the same engine.</param>
    public static NamespaceMode OfContainer(Container container)
    {
        ArgumentNullException.ThrowIfNull(container);
        return OfContainer(container.Id);
    }

    /// <summary>Reads Docker's form: <c>private</c>, <c>host</c>, <c>shareable</c>, <c>none</c>, <c>container:NAME</c>; empty is private.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static NamespaceMode Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text switch
        {
            "" or "private" => Private,
            "host" => Host,
            "shareable" => Shareable,
            "none" => None,
            _ when text.StartsWith(ContainerPrefix, StringComparison.Ordinal) && text.Length > ContainerPrefix.Length => OfContainer(text[ContainerPrefix.Length..]),
            _ => throw new FormatException($"'{text}' is no namespace mode: expected private, host, shareable, none or container:NAME."),
        };
    }

    /// <summary>Docker's form.</summary>
    public override string ToString() => Kind == NamespaceModeKind.Container ? ContainerPrefix + Container : Kind.ToString().ToLowerInvariant();
}
