namespace ContainerKit;

/// <summary>Something that this machine, kernel or user can't do. The message names the missing feature or privilege and what to do about it.</summary>
public sealed class UnsupportedException : ContainerKitException
{
    /// <summary>Creates the exception with a message that says what is wrong and what to do.</summary>
    /// <param name="message">What is wrong, with the name of the object, and what to do about it.</param>
    /// <param name="inner">The cause, or null.</param>
    public UnsupportedException(string message, Exception? inner = null)
        : base(ContainerKitErrorCode.Unsupported, message, inner)
    {
    }
}
