namespace ContainerKit.Linux.Security;

/// <summary>Flags of SECCOMP_SET_MODE_FILTER, seccomp(2). The values are the kernel's.</summary>
[Flags]
public enum SeccompFilterFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>SECCOMP_FILTER_FLAG_LOG: what isn't allowed is logged.</summary>
    Log = 2,

    /// <summary>SECCOMP_FILTER_FLAG_SPEC_ALLOW: the mitigation of speculative store bypass stays as it is.</summary>
    SpecAllow = 4,
}
