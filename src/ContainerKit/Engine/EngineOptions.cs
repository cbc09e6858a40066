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

    /// <summary>Where log messages go; null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The clock; null: the system's.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>
    /// True: containers whose restart policy is <see cref="RestartMode.Always"/>, or <see cref="RestartMode.UnlessStopped"/> and nobody stopped
    /// them, are started when the engine is opened, if they have run before. For servers; default false.
    /// </summary>
    public bool StartContainers { get; init; }

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
