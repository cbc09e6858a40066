namespace ContainerKit.Oci;

/// <summary>Names of well-known annotations and labels: the OCI image specification's ("Annotations") and those that tools agree on.</summary>
public static class AnnotationNames
{
    /// <summary>Date and time of the build, RFC 3339.</summary>
    public const string Created = "org.opencontainers.image.created";

    /// <summary>People or organisations responsible for the image.</summary>
    public const string Authors = "org.opencontainers.image.authors";

    /// <summary>Where more about the image can be read.</summary>
    public const string Url = "org.opencontainers.image.url";

    /// <summary>Where the documentation is.</summary>
    public const string Documentation = "org.opencontainers.image.documentation";

    /// <summary>Where the source is.</summary>
    public const string Source = "org.opencontainers.image.source";

    /// <summary>Version of what is packaged.</summary>
    public const string Version = "org.opencontainers.image.version";

    /// <summary>Source control revision of what is packaged.</summary>
    public const string Revision = "org.opencontainers.image.revision";

    /// <summary>Who distributes the image.</summary>
    public const string Vendor = "org.opencontainers.image.vendor";

    /// <summary>SPDX expression of the licences.</summary>
    public const string Licenses = "org.opencontainers.image.licenses";

    /// <summary>Human-readable title.</summary>
    public const string Title = "org.opencontainers.image.title";

    /// <summary>Human-readable description.</summary>
    public const string Description = "org.opencontainers.image.description";

    /// <summary>Digest of the image that this one is based on.</summary>
    public const string BaseDigest = "org.opencontainers.image.base.digest";

    /// <summary>Reference of the image that this one is based on.</summary>
    public const string BaseName = "org.opencontainers.image.base.name";

    /// <summary>In the index of a layout: the name of the image. A tag by some tools, a whole reference by others.</summary>
    public const string RefName = "org.opencontainers.image.ref.name";

    /// <summary>In the index of a layout: the canonical reference of the image, as containerd and Docker write it.</summary>
    public const string ContainerdImageName = "io.containerd.image.name";

    /// <summary>On an entry of an index: what the entry is to the image beside it, for instance <c>attestation-manifest</c>.</summary>
    public const string DockerReferenceType = "vnd.docker.reference.type";

    /// <summary>On an entry of an index: the digest of the image that the entry speaks about.</summary>
    public const string DockerReferenceDigest = "vnd.docker.reference.digest";
}
