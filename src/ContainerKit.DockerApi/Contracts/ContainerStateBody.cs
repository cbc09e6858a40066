namespace ContainerKit.DockerApi.Contracts;

/// <summary>State of inspect.</summary>
internal sealed record ContainerStateBody
{
    public required string Status { get; init; }

    public bool Running { get; init; }

    public bool Paused { get; init; }

    public bool Restarting { get; init; }

    public bool OOMKilled { get; init; }

    public bool Dead { get; init; }

    public int Pid { get; init; }

    public int ExitCode { get; init; }

    public string Error { get; init; } = "";

    public required string StartedAt { get; init; }

    public required string FinishedAt { get; init; }

    public HealthBody? Health { get; init; }

    internal sealed record HealthBody(string Status, int FailingStreak, IReadOnlyList<HealthLogBody> Log);

    internal sealed record HealthLogBody(string Start, string End, int ExitCode, string Output);
}
