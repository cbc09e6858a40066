namespace ContainerKit.Benchmarks.Distribution;

/// <summary>What is measured.</summary>
internal enum ImageScenario
{
    /// <summary>An image of a registry becomes one that can be run.</summary>
    Pull,

    /// <summary>An image of this machine becomes one of a registry.</summary>
    Push,

    /// <summary>A file as <c>docker save</c> writes it becomes an image that can be run.</summary>
    Unpack,

    /// <summary>What a container has changed becomes an image.</summary>
    Commit,
}
