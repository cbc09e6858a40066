namespace ContainerKit;

/// <summary>What kind of failure a <see cref="ContainerKitException"/> reports; servers and command lines map it in one table.</summary>
public enum ContainerKitErrorCode
{
    /// <summary>The named object does not exist.</summary>
    NotFound,

    /// <summary>The name or resource is taken, or another engine process owns the object.</summary>
    Conflict,

    /// <summary>The object is not in a state that allows the operation.</summary>
    InvalidState,

    /// <summary>This machine, kernel or user can't do it; the message names what is missing and what to do.</summary>
    Unsupported,

    /// <summary>A container's process could not be started.</summary>
    ContainerStart,

    /// <summary>Content does not match its digest or size.</summary>
    ContentMismatch,

    /// <summary>An image, layer, archive or metadata file is malformed or hostile.</summary>
    InvalidContent,

    /// <summary>A registry refused, failed or could not be reached.</summary>
    Registry,

    /// <summary>A Dockerfile is malformed, or a step of a build failed.</summary>
    Build,

    /// <summary>A container was not ready in time, or ended before it was.</summary>
    NotReady,
}
