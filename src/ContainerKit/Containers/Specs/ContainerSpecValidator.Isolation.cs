using ContainerKit.Linux.Namespaces;
using ContainerKit.Runtime.Namespaces;

namespace ContainerKit.Containers.Specs;

/// <content>What a container shares, and how its first process is run.</content>
internal static partial class ContainerSpecValidator
{
    private const int MinimumOomScore = -1000;
    private const int MaximumOomScore = 1000;

    private static void ValidateIsolation(ContainerSpec spec)
    {
        RequireMode(spec.PidNamespace, nameof(spec.PidNamespace), NamespaceModeKind.Private, NamespaceModeKind.Host, NamespaceModeKind.Container);
        RequireMode(
            spec.IpcNamespace, nameof(spec.IpcNamespace),
            NamespaceModeKind.Private, NamespaceModeKind.Shareable, NamespaceModeKind.None, NamespaceModeKind.Host, NamespaceModeKind.Container);
        RequireMode(spec.UtsNamespace, nameof(spec.UtsNamespace), NamespaceModeKind.Private, NamespaceModeKind.Host);
        RequireMode(spec.CgroupNamespace, nameof(spec.CgroupNamespace), NamespaceModeKind.Private, NamespaceModeKind.Host);
        Require(
            (spec.Network == NetworkMode.Container) == !string.IsNullOrEmpty(spec.NetworkContainer),
            nameof(spec.NetworkContainer), spec.NetworkContainer, "the id or name of a container with the network mode Container, and nothing with any other");
        ValidateNames(spec);
        ValidateUserNamespace(spec);
        Require(
            spec.SharedMemorySize is null || (spec.SharedMemorySize.Value.Bytes > 0 && HasOwnSharedMemory(spec)),
            nameof(spec.SharedMemorySize), spec.SharedMemorySize, "more than 0 bytes, and an IPC namespace that is private or shareable");
        Require(
            spec.OomScoreAdjustment is null or (>= MinimumOomScore and <= MaximumOomScore),
            nameof(spec.OomScoreAdjustment), spec.OomScoreAdjustment, $"{MinimumOomScore} to {MaximumOomScore}");
        foreach (string name in spec.Annotations.Keys)
            Require(name.Length > 0, nameof(spec.Annotations), name, "a name that is not empty");
        Require(!spec.StdinOnce || spec.OpenStdin || spec.Terminal, nameof(spec.StdinOnce), spec.StdinOnce, $"true only with {nameof(spec.OpenStdin)} or {nameof(spec.Terminal)}");
        ValidateSysctls(spec);
    }

    private static void ValidateNames(ContainerSpec spec)
    {
        bool ownNames = spec.UtsNamespace.Kind == NamespaceModeKind.Private;
        Require(spec.Hostname is null || ownNames, nameof(spec.Hostname), spec.Hostname, $"no name, because {nameof(spec.UtsNamespace)} is host");
        Require(
            spec.Hostname is null || spec.Network != NetworkMode.Container,
            nameof(spec.Hostname), spec.Hostname, $"no name, because the host name comes with the network of container '{spec.NetworkContainer}'");
        Require(
            spec.Domainname is null || (IsHostname(spec.Domainname) && ownNames),
            nameof(spec.Domainname), spec.Domainname, $"letters, digits, '-', '_' and '.', at most {MaximumHostname}, and a {nameof(spec.UtsNamespace)} that is private");
    }

    private static void ValidateUserNamespace(ContainerSpec spec)
    {
        if (spec.UserNamespace is not UserNamespaceMapping mapping)
            return;
        string option = nameof(spec.UserNamespace);
        Require(mapping.HostStart > 0, option, mapping.HostStart, "a range of the host's ids that begins at 1 or later");
        Require(mapping.Count > 0 && mapping.HostStart <= uint.MaxValue - mapping.Count, $"{option} count", mapping.Count, "at least 1, and no id beyond 4294967294");
        Require(!spec.Privileged, option, mapping.HostStart, $"none together with {nameof(spec.Privileged)}");
        Require(spec.PidNamespace.Kind != NamespaceModeKind.Host, option, mapping.HostStart, $"none together with a {nameof(spec.PidNamespace)} that is the host's");
        Require(spec.IpcNamespace.Kind != NamespaceModeKind.Host, option, mapping.HostStart, $"none together with an {nameof(spec.IpcNamespace)} that is the host's");
        Require(spec.Network != NetworkMode.Host, option, mapping.HostStart, "none together with the host's network");
    }

    private static void ValidateSysctls(ContainerSpec spec)
    {
        foreach ((string name, string value) in spec.Sysctls)
        {
            string option = nameof(spec.Sysctls);
            NamespaceKinds? kind = NamespacedSysctl.PathOf(name) is string path ? NamespacedSysctl.KindOf(path) : null;
            Require(kind is not null, option, name, NamespacedSysctl.Allowed);
            Require(value.Length > 0 && !value.AsSpan().ContainsAny('\0', '\n'), $"{option} {name}", value, "one line of text");
            Require(kind != NamespaceKinds.CLONE_NEWNET || spec.Network != NetworkMode.Host, option, name, "no parameter of the network, because it is the host's");
            Require(kind != NamespaceKinds.CLONE_NEWIPC || spec.IpcNamespace.Kind != NamespaceModeKind.Host, option, name, "no parameter of IPC, because it is the host's");
        }
    }

    private static void RequireMode(NamespaceMode mode, string option, params ReadOnlySpan<NamespaceModeKind> allowed)
    {
        bool complete = mode is not null && (mode.Kind == NamespaceModeKind.Container) == !string.IsNullOrEmpty(mode.Container);
        if (!complete || !allowed.Contains(mode!.Kind))
            Require(false, option, mode, string.Join(", ", allowed.ToArray().Select(kind => kind == NamespaceModeKind.Container ? "container:NAME" : kind.ToString().ToLowerInvariant())));
    }

    private static bool HasOwnSharedMemory(ContainerSpec spec) => spec.IpcNamespace.Kind is NamespaceModeKind.Private or NamespaceModeKind.Shareable;
}
