using System.Collections.Immutable;

namespace ContainerKit.Builds.Parsing;

/// <summary>A Dockerfile that was parsed.</summary>
internal sealed record Dockerfile
{
    /// <summary>Its name in messages.</summary>
    public required string Name { get; init; }

    /// <summary><c>\</c> or the backquote.</summary>
    public char Escape { get; init; } = '\\';

    /// <summary>The directive of that name, or null.</summary>
    public string? Syntax { get; init; }

    /// <summary>The directive of that name, or null.</summary>
    public string? Check { get; init; }

    public required ImmutableArray<DockerfileInstruction> Instructions { get; init; }

    public ImmutableArray<BuildWarning> Warnings { get; init; } = [];

    /// <summary>An error at an instruction.</summary>
    public BuildException Error(DockerfileInstruction instruction, string message, Exception? inner = null)
        => new(message, Name, instruction.Line, 1, instruction.Text, inner);
}
