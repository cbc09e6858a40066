namespace ContainerKit.Compose.Services;

/// <summary>Namespaces, privileges and kernel parameters.</summary>
internal static class IsolationReader
{
    /// <param name="section">The service.</param>
    /// <param name="spec">What has been read.</param>
    /// <param name="readNamespace">Reads a mode, that of another service's namespace as well.</param>
    public static ContainerSpec Read(Section section, ContainerSpec spec, Func<string, NamespaceMode> readNamespace)
    {
        spec = spec.WithAddedCapabilities(section.Texts("cap_add")).WithDroppedCapabilities(section.Texts("cap_drop"));
        if (section.Texts("security_opt") is { Length: > 0 } options)
            spec = section.Guard("security_opt", () => spec.WithSecurityOptions(options));
        foreach ((string name, string? value) in section.Pairs("sysctls"))
            spec = spec.WithSysctl(name, value ?? "");
        return spec with
        {
            Privileged = section.Flag("privileged"),
            PidNamespace = section.Parse("pid", readNamespace) ?? spec.PidNamespace,
            IpcNamespace = section.Parse("ipc", readNamespace) ?? spec.IpcNamespace,
            UtsNamespace = section.Parse("uts", readNamespace) ?? spec.UtsNamespace,
            CgroupNamespace = section.Parse("cgroup", readNamespace) ?? spec.CgroupNamespace,
        };
    }
}
