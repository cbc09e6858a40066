namespace ContainerKit;

/// <summary>An operation that the object's present state does not allow, such as starting a running container.</summary>
public sealed class InvalidStateException : ContainerKitException
{
    /// <summary>Creates the exception with a message that says what is wrong and what to do.</summary>
    /// <param name="message">What is wrong, with the name of the object, and what to do about it.</param>
    /// <param name="inner">The cause, or null.</param>
    public InvalidStateException(string message, Exception? inner = null)
        : base(ContainerKitErrorCode.InvalidState, message, inner)
    {
    }
}
