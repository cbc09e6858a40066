namespace ContainerKit;

/// <summary>
/// Whether what is mounted below a bind later, on the host or in the container, is seen on the other side; mount_namespaces(7). It holds for
/// the mounts below as well, as Docker's forms with an <c>r</c> say.
/// </summary>
public enum MountPropagation
{
    /// <summary>Not seen on either side. The default.</summary>
    Private,

    /// <summary>What the host mounts is seen in the container. The source has to be on a shared or slave mount.</summary>
    Slave,

    /// <summary>Seen on both sides. The source has to be on a shared mount; root only.</summary>
    Shared,
}
