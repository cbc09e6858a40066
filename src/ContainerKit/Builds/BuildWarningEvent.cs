namespace ContainerKit;

/// <summary>Something was found that is allowed and probably not meant.</summary>
/// <param name="Warning">What.</param>
public sealed record BuildWarningEvent(BuildWarning Warning) : BuildEvent;
