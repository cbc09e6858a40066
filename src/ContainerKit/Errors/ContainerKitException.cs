namespace ContainerKit;

/// <summary>The base of the engine's own errors. Failed system calls surface as <see cref="Linux.LinuxException"/>, caller bugs as <see cref="ArgumentException"/>.</summary>
public abstract class ContainerKitException : Exception
{
    private protected ContainerKitException(ContainerKitErrorCode code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>What kind of failure this is.</summary>
    public ContainerKitErrorCode Code { get; }

    /// <summary>True when the same call may succeed later without a change by the caller. Default false.</summary>
    public virtual bool IsTransient => false;
}
