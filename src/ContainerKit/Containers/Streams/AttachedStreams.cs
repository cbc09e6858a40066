namespace ContainerKit;

/// <summary>Standard streams that somebody is attached to.</summary>
[Flags]
public enum AttachedStreams
{
    /// <summary>None: the container runs in the background.</summary>
    None = 0,

    /// <summary>Its input.</summary>
    Input = 1,

    /// <summary>Its output.</summary>
    Output = 2,

    /// <summary>Its errors.</summary>
    Error = 4,
}
