namespace ContainerKit;

/// <summary>What an event happened to; in lower case these are Docker's types.</summary>
public enum EventKind
{
    /// <summary>A container.</summary>
    Container,

    /// <summary>An image.</summary>
    Image,

    /// <summary>A volume.</summary>
    Volume,

    /// <summary>A network.</summary>
    Network,
}
