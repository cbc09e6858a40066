namespace ContainerKit.DockerApi.Contracts;

/// <summary>Config.Healthcheck: times are nanoseconds, 0 takes the image's or the default.</summary>
internal sealed record HealthConfigBody
{
    public IReadOnlyList<string>? Test { get; init; }

    public long Interval { get; init; }

    public long Timeout { get; init; }

    public long StartPeriod { get; init; }

    public long StartInterval { get; init; }

    public int Retries { get; init; }
}
