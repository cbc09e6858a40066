namespace ContainerKit.Oci;

/// <summary>Whether a registry may be reached without TLS.</summary>
public enum PlainHttpPolicy
{
    /// <summary>TLS; on this machine (<c>localhost</c>, 127.0.0.0/8, ::1) also without, where the registry has none.</summary>
    Loopback,

    /// <summary>TLS, on this machine as well.</summary>
    Never,

    /// <summary>TLS where the registry has it, otherwise without: Docker's <c>insecure-registries</c>.</summary>
    Allow,

    /// <summary>Without TLS.</summary>
    Require,
}
