namespace ContainerKit;

/// <summary>Where a line was written to.</summary>
public enum LogStream
{
    /// <summary>Standard output; with a terminal everything.</summary>
    StandardOutput,

    /// <summary>Standard error.</summary>
    StandardError,
}
