namespace ContainerKit.Oci;

/// <summary>Content whose size or digest is not what was promised: it was cut off, damaged or replaced.</summary>
public sealed class DigestMismatchException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="expected">The promised digest or size, for instance <c>sha256:…</c> or <c>120 bytes</c>.</param>
    /// <param name="actual">The digest or size of what was read.</param>
    public DigestMismatchException(string expected, string actual)
        : base($"content mismatch: expected {expected}, got {actual}")
    {
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The promised digest or size.</summary>
    public string Expected { get; }

    /// <summary>The digest or size of what was read.</summary>
    public string Actual { get; }
}
