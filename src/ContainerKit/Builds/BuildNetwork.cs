namespace ContainerKit;

/// <summary>The network of the commands of a build, where a RUN does not choose its own.</summary>
public enum BuildNetwork
{
    /// <summary>
    /// The default bridge network, as containers have it. Where that does not lead outside (no privilege and neither pasta nor slirp4netns,
    /// <see cref="NetworkCollection.Limitation"/>), that of this machine: commands of builds fetch packages.
    /// </summary>
    Default,

    /// <summary>That of this machine: commands reach what this process reaches.</summary>
    Host,

    /// <summary>None but loopback.</summary>
    None,
}
