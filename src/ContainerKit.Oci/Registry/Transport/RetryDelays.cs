namespace ContainerKit.Oci.Registry.Transport;

/// <summary>How often and after which pauses something is tried again.</summary>
internal sealed class RetryDelays(RegistryClientOptions options)
{
    private const double Variation = 0.25;
    private const int MaxDoublings = 20;

    /// <summary>True when there may be another attempt.</summary>
    /// <param name="attempt">How many repetitions there were.</param>
    /// <param name="asked">How long the registry asks to wait, or null.</param>
    public bool Allows(int attempt, TimeSpan? asked) => attempt < options.MaxRetries && (asked ?? TimeSpan.Zero) <= options.MaxRetryDelay;

    /// <summary>Waits before another attempt: as long as the registry asks, otherwise twice as long as the last time, varied so that clients part.</summary>
    public Task WaitAsync(int attempt, TimeSpan? asked, CancellationToken cancellationToken)
    {
        TimeSpan delay = options.RetryDelay * Math.Pow(2, Math.Min(attempt, MaxDoublings));
        delay *= 1 - Variation + (2 * Variation * Random.Shared.NextDouble());
        TimeSpan longest = options.MaxRetryDelay;
        return Task.Delay(asked ?? (delay < longest ? delay : longest), options.TimeProvider, cancellationToken);
    }
}
