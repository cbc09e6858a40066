namespace ContainerKit.Linux.Namespaces;

/// <summary>An argument of a <see cref="NamespaceCaller"/>'s call: a number, bytes to point to, or the place of its output.</summary>
internal readonly struct NamespaceArgument
{
    private NamespaceArgument(NamespaceArgumentKind kind, long value, byte[]? content)
    {
        Kind = kind;
        Value = value;
        Content = content;
    }

    internal NamespaceArgumentKind Kind { get; }

    internal long Value { get; }

    internal byte[]? Content { get; }

    /// <summary>Memory that the call writes to.</summary>
    internal static NamespaceArgument Output => new(NamespaceArgumentKind.Output, 0, null);

    /// <summary>A name or path, which is copied with a terminating NUL.</summary>
    internal static NamespaceArgument Name(ReadOnlySpan<byte> name)
    {
        byte[] terminated = new byte[name.Length + 1];
        name.CopyTo(terminated);
        return new(NamespaceArgumentKind.Bytes, 0, terminated);
    }

    /// <summary>A structure or value.</summary>
    internal static NamespaceArgument Bytes(ReadOnlySpan<byte> content) => new(NamespaceArgumentKind.Bytes, 0, content.ToArray());

    public static implicit operator NamespaceArgument(long value) => new(NamespaceArgumentKind.Number, value, null);
}

/// <summary>What a <see cref="NamespaceArgument"/> is.</summary>
internal enum NamespaceArgumentKind
{
    Number,
    Bytes,
    Output,
}
