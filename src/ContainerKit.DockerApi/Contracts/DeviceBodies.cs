namespace ContainerKit.DockerApi.Contracts;

/// <summary>A weight at a block device.</summary>
internal sealed record WeightDeviceBody(string? Path, int Weight);

/// <summary>A limit of transfers at a block device.</summary>
internal sealed record ThrottleDeviceBody(string? Path, long Rate);

/// <summary>A device of the host.</summary>
internal sealed record DeviceBody(string? PathOnHost, string? PathInContainer, string? CgroupPermissions);

/// <summary>A limit of getrlimit(2).</summary>
internal sealed record UlimitBody(string? Name, long Soft, long Hard);

/// <summary>When a container is started again.</summary>
internal sealed record RestartPolicyBody(string? Name, int MaximumRetryCount);

/// <summary>How output is kept.</summary>
internal sealed record LogConfigBody(string? Type, IReadOnlyDictionary<string, string>? Config);

/// <summary>A port of the host.</summary>
internal sealed record PortBindingBody(string? HostIp, string? HostPort);
