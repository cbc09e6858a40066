namespace ContainerKit;

/// <summary>Content whose digest or size is not what its descriptor says.</summary>
public sealed class ContentMismatchException : ContainerKitException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="what">What was read, for instance <c>layer 2 of app:1</c>.</param>
    /// <param name="expected">The digest or size that the descriptor gives.</param>
    /// <param name="actual">The digest or size of what was read.</param>
    public ContentMismatchException(string what, string expected, string actual)
        : base(ContainerKitErrorCode.ContentMismatch, $"{what}: expected {expected}, got {actual}")
    {
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The digest or size that the descriptor gives.</summary>
    public string Expected { get; }

    /// <summary>The digest or size of what was read.</summary>
    public string Actual { get; }
}
