namespace ContainerKit;

/// <summary>A container, image, or other object that does not exist under the given name or id.</summary>
public sealed class NotFoundException : ContainerKitException
{
    /// <summary>Creates the exception with a message that says what is wrong and what to do.</summary>
    /// <param name="message">What is wrong, with the name of the object, and what to do about it.</param>
    /// <param name="inner">The cause, or null.</param>
    public NotFoundException(string message, Exception? inner = null)
        : base(ContainerKitErrorCode.NotFound, message, inner)
    {
    }
}
