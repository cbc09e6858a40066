namespace ContainerKit;

/// <summary>
/// When a container is started again after its end: as long as its engine lives, after 100 ms, then twice as long each time up to a minute; a run
/// of ten seconds sets the delay back.
/// </summary>
public sealed record RestartPolicy
{
    /// <summary>Never.</summary>
    public static RestartPolicy No { get; } = new();

    /// <summary>Whatever its exit code.</summary>
    public static RestartPolicy Always { get; } = new() { Mode = RestartMode.Always };

    /// <summary>Whatever its exit code, unless a caller stopped it.</summary>
    public static RestartPolicy UnlessStopped { get; } = new() { Mode = RestartMode.UnlessStopped };

    /// <summary>When. Default <see cref="RestartMode.No"/>.</summary>
    public RestartMode Mode { get; init; }

    /// <summary>With <see cref="RestartMode.OnFailure"/> the most restarts; 0 for no bound. Not allowed with other modes.</summary>
    public int MaximumRetries { get; init; }

    /// <summary>When its exit code is not 0.</summary>
    /// <param name="maximumRetries">The most restarts; 0 for no bound.</param>
    public static RestartPolicy OnFailure(int maximumRetries = 0) => new() { Mode = RestartMode.OnFailure, MaximumRetries = maximumRetries };

    /// <summary>Reads Docker's form: <c>no</c>, <c>on-failure</c>, <c>on-failure:5</c>, <c>always</c>, <c>unless-stopped</c>.</summary>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static RestartPolicy Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text switch
        {
            "" or "no" => No,
            "always" => Always,
            "unless-stopped" => UnlessStopped,
            "on-failure" => OnFailure(),
            _ when text.StartsWith("on-failure:", StringComparison.Ordinal)
                && int.TryParse(text.AsSpan("on-failure:".Length), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int maximum)
                => OnFailure(maximum),
            _ => throw new ArgumentException($"RestartPolicy '{text}' is not allowed: expected no, on-failure, on-failure:N, always or unless-stopped."),
        };
    }

    /// <summary>Docker's form, which <see cref="Parse"/> reads.</summary>
    public override string ToString() => Mode switch
    {
        RestartMode.OnFailure => MaximumRetries == 0 ? "on-failure" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"on-failure:{MaximumRetries}"),
        RestartMode.Always => "always",
        RestartMode.UnlessStopped => "unless-stopped",
        _ => "no",
    };

    /// <summary>True when the policy wants another run after one that ended by itself.</summary>
    internal bool WantsRestart(ExitStatus status, int restarts) => Mode switch
    {
        RestartMode.Always or RestartMode.UnlessStopped => true,
        RestartMode.OnFailure => !status.IsSuccess && (MaximumRetries == 0 || restarts < MaximumRetries),
        _ => false,
    };

    /// <summary>True when an engine that is opened, and starts containers, is to start this one.</summary>
    internal bool WantsStartAtOpen(bool stoppedByCaller) => Mode == RestartMode.Always || (Mode == RestartMode.UnlessStopped && !stoppedByCaller);
}
