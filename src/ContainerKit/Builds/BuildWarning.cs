namespace ContainerKit;

/// <summary>Something in a Dockerfile that is allowed and probably not meant.</summary>
/// <param name="Rule">The documented name of the rule of Dockerfile checks, for instance <c>StageNameCasing</c>.</param>
/// <param name="Message">What was found.</param>
/// <param name="Line">The line, from 1; 0 for the whole file.</param>
public sealed record BuildWarning(string Rule, string Message, int Line);
