namespace ContainerKit;

/// <summary>An image, layer, archive or metadata file that is malformed or hostile.</summary>
public sealed class InvalidContentException : ContainerKitException
{
    /// <summary>Creates the exception with a message that says what is wrong and what to do.</summary>
    /// <param name="message">What is wrong, with the name of the object, and what to do about it.</param>
    /// <param name="inner">The cause, or null.</param>
    public InvalidContentException(string message, Exception? inner = null)
        : base(ContainerKitErrorCode.InvalidContent, message, inner)
    {
    }
}
