namespace ContainerKit;

/// <content>What happens while it runs and when it ends.</content>
public sealed partial record ContainerSpec
{
    /// <summary>When it is started again after its end. Default never. Not together with <see cref="AutoRemove"/>.</summary>
    public RestartPolicy RestartPolicy { get; init => field = value ?? RestartPolicy.No; } = RestartPolicy.No;

    /// <summary>How to find out whether it works; null: the image's check, if it has one.</summary>
    public HealthProbe? HealthProbe { get; init; }

    /// <summary>How its output is kept. Default one file without bound.</summary>
    public LogOptions Log { get; init => field = value ?? new LogOptions(); } = new();

    /// <summary>Whether it ends with the engine that started it. Default <see cref="ContainerLifetime.Engine"/>.</summary>
    public ContainerLifetime Lifetime { get; init; }

    /// <summary>Chooses whether it ends with the engine that started it.</summary>
    public ContainerSpec WithLifetime(ContainerLifetime lifetime) => this with { Lifetime = lifetime };

    /// <summary>Chooses when it is started again after its end.</summary>
    public ContainerSpec WithRestartPolicy(RestartPolicy policy) => this with { RestartPolicy = policy };

    /// <summary>Sets a health check; <see cref="HealthProbe.None"/> switches the image's off.</summary>
    public ContainerSpec WithHealthProbe(HealthProbe probe) => this with { HealthProbe = probe };

    /// <summary>Chooses how its output is kept.</summary>
    public ContainerSpec WithLog(LogOptions options) => this with { Log = options };
}
