namespace ContainerKit;

/// <summary>Something that is wrong in a data root.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Path">The file or directory.</param>
/// <param name="Description">What is wrong, for people.</param>
/// <param name="Repair">What was done about it; null when nothing was.</param>
public sealed record VerificationProblem(VerificationProblemKind Kind, string Path, string Description, string? Repair);
