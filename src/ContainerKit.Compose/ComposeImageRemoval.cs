namespace ContainerKit.Compose;

/// <summary>Which images of a project are removed with it.</summary>
public enum ComposeImageRemoval
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those that were built and have no name in the file.</summary>
    Local,

    /// <summary>All that its services use.</summary>
    All,
}
