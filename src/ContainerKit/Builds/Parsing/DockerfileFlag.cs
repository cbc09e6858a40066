namespace ContainerKit.Builds.Parsing;

/// <summary><c>--name=value</c> after an instruction's keyword.</summary>
/// <param name="Name">Without the dashes.</param>
/// <param name="Value">The value with quotes resolved; null where there is none.</param>
internal sealed record DockerfileFlag(string Name, string? Value);
