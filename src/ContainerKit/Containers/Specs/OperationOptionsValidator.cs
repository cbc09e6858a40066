namespace ContainerKit.Containers.Specs;

/// <summary>Checks restart policy, health check and log options of a spec.</summary>
internal static class OperationOptionsValidator
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>Each is an operation of the supervisor's program.</summary>
    private const int MaximumDetachedFiles = 100;

    internal static void Validate(ContainerSpec spec)
    {
        ValidateRestart(spec);
        if (spec.HealthProbe is HealthProbe probe)
            Validate(probe);
        Validate(spec.Log);
        ValidateLifetime(spec);
    }

    private static void ValidateLifetime(ContainerSpec spec)
    {
        Require(Enum.IsDefined(spec.Lifetime), "Lifetime", spec.Lifetime, "Engine or Detached");
        if (spec.Lifetime != ContainerLifetime.Detached)
            return;
        Require(!spec.Terminal, "Terminal", spec.Terminal, "false, because Lifetime is Detached and a terminal ends with the engine");
        Require(!spec.OpenStdin, "OpenStdin", spec.OpenStdin, "false, because Lifetime is Detached and the input ends with the engine");
        Require(!spec.Log.Compress, "Log.Compress", spec.Log.Compress, "false, because Lifetime is Detached and log files are begun without the engine");
        Require(spec.Log.MaximumFiles <= MaximumDetachedFiles, "Log.MaximumFiles", spec.Log.MaximumFiles, $"at most {MaximumDetachedFiles}, because Lifetime is Detached");
    }

    private static void ValidateRestart(ContainerSpec spec)
    {
        RestartPolicy policy = spec.RestartPolicy;
        Require(Enum.IsDefined(policy.Mode), "RestartPolicy", policy.Mode, "No, OnFailure, Always or UnlessStopped");
        Require(policy.MaximumRetries >= 0, "RestartPolicy.MaximumRetries", policy.MaximumRetries, "0 for no bound, or more");
        Require(
            policy.MaximumRetries == 0 || policy.Mode == RestartMode.OnFailure,
            "RestartPolicy.MaximumRetries", policy.MaximumRetries, $"0, because the mode is {policy.Mode} and not OnFailure");
        Require(policy.Mode == RestartMode.No || !spec.AutoRemove, "RestartPolicy", policy, "no, because AutoRemove removes the container when it ends");
    }

    private static void Validate(HealthProbe probe)
    {
        if (!probe.Test.IsEmpty)
        {
            Require(probe.Test[0] is "NONE" or "CMD" or "CMD-SHELL", "HealthProbe.Test", probe.Test[0], "NONE, CMD or CMD-SHELL as the first word");
            Require(probe.Test[0] != "NONE" || probe.Test.Length == 1, "HealthProbe.Test", string.Join(' ', probe.Test), "nothing after NONE");
            Require(probe.Test[0] == "NONE" || probe.Test.Length > 1, "HealthProbe.Test", probe.Test[0], "a command after it");
            Require(probe.Test[0] != "CMD-SHELL" || probe.Test.Length == 2, "HealthProbe.Test", string.Join(' ', probe.Test), "one script after CMD-SHELL");
            foreach (string word in probe.Test)
                Require(!word.Contains('\0', StringComparison.Ordinal), "HealthProbe.Test", word, "text without NUL");
        }

        RequireTime(probe.Interval, "HealthProbe.Interval");
        RequireTime(probe.Timeout, "HealthProbe.Timeout");
        RequireTime(probe.StartPeriod, "HealthProbe.StartPeriod");
        RequireTime(probe.StartInterval, "HealthProbe.StartInterval");
        Require(probe.Retries is null or > 0, "HealthProbe.Retries", probe.Retries, "at least 1");
    }

    private static void Validate(LogOptions log)
    {
        Require(Enum.IsDefined(log.Driver), "Log.Driver", log.Driver, "JsonFile or None");
        Require(log.MaximumSize is null or { Bytes: > 0 }, "Log.MaximumSize", log.MaximumSize, "more than 0 bytes");
        Require(log.MaximumFiles >= 1, "Log.MaximumFiles", log.MaximumFiles, "at least 1");
        Require(log.MaximumFiles <= LogFiles.MaximumCount, "Log.MaximumFiles", log.MaximumFiles, $"at most {LogFiles.MaximumCount}");
        Require(log.MaximumFiles == 1 || log.MaximumSize is not null, "Log.MaximumFiles", log.MaximumFiles, "1, because there is no Log.MaximumSize");
        Require(!log.Compress || log.MaximumFiles > 1, "Log.Compress", log.Compress, "false, because Log.MaximumFiles is 1 and there are no full files to compress");
        bool plain = log.MaximumSize is null && log.MaximumFiles == 1 && !log.Compress;
        Require(log.Driver == LogDriver.JsonFile || plain, "Log.MaximumSize", log.MaximumSize, "none, because the driver None keeps nothing");
    }

    private static void RequireTime(TimeSpan? value, string option)
    {
        // Timers of .NET take no more than 2^32 - 2 ms; forty days is more than anybody needs.
        Require(value is null || (value >= Shortest && value <= TimeSpan.FromDays(40)), option, value, "1 ms to 40 days");
    }

    private static void Require(bool condition, string option, object? value, string allowed)
    {
        if (!condition)
            throw new ArgumentException($"{option} '{value}' is not allowed: expected {allowed}.");
    }
}
