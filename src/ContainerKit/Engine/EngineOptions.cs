using System.Collections.Immutable;
using ContainerKit.Oci;
using Microsoft.Extensions.Logging;

namespace ContainerKit;

/// <summary>How an engine is opened.</summary>
public sealed record EngineOptions
{
    /// <summary>
    /// The directory that holds images and containers; made when missing. Several engines, also of different processes, may use it at the
    /// same time.
    /// Null: <c>/var/lib/containerkit</c> for root, otherwise <c>$XDG_DATA_HOME/containerkit</c> or <c>~/.local/share/containerkit</c>.
    /// </summary>
    public string? DataRoot { get; init; }

    /// <summary>
    /// True: once a container was started, the next one's cgroup, namespaces and directories are prepared in the background, so that it starts in
    /// about half the time. It costs a waiting process (about 100 KiB of the kernel's memory) as long as the engine is open. Default true.
    /// </summary>
    public bool PrepareContainers { get; init; } = true;

    /// <summary>Where log messages go; null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>How registries are reached: credentials, TLS, mirrors, proxies, retries. Null: the defaults, with the credentials of the user's logins.</summary>
    public RegistryClientOptions? Registries { get; init; }

    /// <summary>Drivers of volumes besides the local one, which keeps them in the data root. Default none. Owned by the caller, who keeps them until the engine is closed.</summary>
    public ImmutableArray<IVolumeDriver> VolumeDrivers { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The clock; null: the system's.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>
    /// True: containers whose restart policy is <see cref="RestartMode.Always"/>, or <see cref="RestartMode.UnlessStopped"/> and nobody stopped
    /// them, are started when the engine is opened, if they have run before. For servers; default false.
    /// </summary>
    public bool StartContainers { get; init; }

    /// <summary>
    /// How long disposing the engine waits for containers that got their stop signal, before it kills them; a container's own
    /// <see cref="ContainerSpec.StopTimeout"/> may be shorter. Nobody has stopped them then: restart policies start them again when the data root is opened with
    /// <see cref="StartContainers"/>. For servers; default zero, they are killed at once.
    /// </summary>
    public TimeSpan ShutdownTimeout { get; init; }

    /// <summary>The data root that <see cref="DataRoot"/> says, absolute.</summary>
    internal string ResolveDataRoot()
    {
        if (DataRoot is not null)
            return Path.GetFullPath(DataRoot);
        if (Environment.IsPrivilegedProcess)
            return "/var/lib/containerkit";
        string? data = Environment.GetEnvironmentVariable("XDG_DATA_HOME");

        // XDG base directory specification: a relative path is to be ignored.
        if (data is not ['/', ..])
            data = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/share");
        return Path.Combine(data, "containerkit");
    }
}
