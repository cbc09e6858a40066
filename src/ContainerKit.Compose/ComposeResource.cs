namespace ContainerKit.Compose;

/// <summary>What a <see cref="ComposeProgress"/> is about.</summary>
public enum ComposeResource
{
    /// <summary>A container.</summary>
    Container,

    /// <summary>A network.</summary>
    Network,

    /// <summary>A volume.</summary>
    Volume,

    /// <summary>An image.</summary>
    Image,
}
