namespace ContainerKit.Compose;

/// <summary>A service that another one needs.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Condition">What is waited for.</param>
public sealed record ComposeDependency(string Service, ComposeCondition Condition)
{
    /// <summary>False: where the other service is not part of what is started, or fails, this one is started all the same. Default true.</summary>
    public bool IsRequired { get; init; } = true;

    /// <summary>True: when the other is replaced or restarted, this one is restarted. Default false.</summary>
    public bool Restarts { get; init; }
}
