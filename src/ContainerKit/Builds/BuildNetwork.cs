namespace ContainerKit;

/// <summary>The network of the commands of a build, where a RUN does not choose its own.</summary>
public enum BuildNetwork
{
    /// <summary>That of this machine: commands reach what this process reaches.</summary>
    Host,

    /// <summary>None but loopback.</summary>
    None,
}
