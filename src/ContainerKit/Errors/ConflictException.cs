namespace ContainerKit;

/// <summary>A name that is taken, or an object that another engine process owns.</summary>
public sealed class ConflictException : ContainerKitException
{
    /// <summary>Creates the exception with a message that says what is wrong and what to do.</summary>
    /// <param name="message">What is wrong, with the name of the object, and what to do about it.</param>
    /// <param name="inner">The cause, or null.</param>
    public ConflictException(string message, Exception? inner = null)
        : base(ContainerKitErrorCode.Conflict, message, inner)
    {
    }
}
