using System.Collections.Immutable;
using ContainerKit.DockerApi.Routing;

namespace ContainerKit.DockerApi.Containers;

/// <content>Privileges and namespaces.</content>
internal sealed partial class SpecMapper
{
    private ContainerSpec WithIsolation(ContainerSpec spec)
    {
        if (_host.ShmSize < 0)
            throw ApiException.BadRequest("SHM size can not be less than 0");
        if (Text(_host.UTSMode) is { } uts && (uts != "host" || Text(_config.Hostname) is not null))
            throw ApiException.BadRequest(uts == "host" ? "conflicting options: hostname and the UTS mode" : $"invalid UTS mode: {uts}");
        spec = spec with
        {
            Privileged = _host.Privileged,
            AddedCapabilities = [.. _host.CapAdd ?? []],
            DroppedCapabilities = [.. _host.CapDrop ?? []],
            ReadOnlyRoot = _host.ReadonlyRootfs,
            OomScoreAdjustment = _host.OomScoreAdj == 0 ? null : _host.OomScoreAdj,
            SharedMemorySize = _host.ShmSize == 0 ? null : new ByteSize(_host.ShmSize),
            Sysctls = Sorted(_host.Sysctls),
            PidNamespace = NamespaceMode.Parse(_host.PidMode ?? ""),
            IpcNamespace = NamespaceMode.Parse(_host.IpcMode ?? ""),
            UtsNamespace = NamespaceMode.Parse(_host.UTSMode ?? ""),
            CgroupNamespace = NamespaceMode.Parse(_host.CgroupnsMode ?? ""),
            MaskedPaths = _host.MaskedPaths is { } masked ? [.. masked] : (ImmutableArray<string>?)null,
            ReadOnlyPaths = _host.ReadonlyPaths is { } readOnly ? [.. readOnly] : (ImmutableArray<string>?)null,
        };
        return spec.WithSecurityOptions(_host.SecurityOpt ?? []);
    }
}
