using System.Collections.Immutable;

namespace ContainerKit.Builds.Parsing;

/// <summary>An instruction as it is written: continuation lines joined, comments dropped, nothing expanded.</summary>
internal sealed record DockerfileInstruction
{
    /// <summary>In capitals.</summary>
    public required string Keyword { get; init; }

    /// <summary>What the keyword is in the file.</summary>
    public required string WrittenKeyword { get; init; }

    public ImmutableArray<DockerfileFlag> Flags { get; init; } = [];

    /// <summary>What follows keyword and flags.</summary>
    public required string Arguments { get; init; }

    /// <summary>The arguments where they are a JSON array of strings and the instruction has that form; null otherwise.</summary>
    public ImmutableArray<string>? Json { get; init; }

    public ImmutableArray<Heredoc> Heredocs { get; init; } = [];

    /// <summary>The first line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The last line, here-documents included.</summary>
    public required int EndLine { get; init; }

    /// <summary>Keyword, flags and arguments in one line, for messages.</summary>
    public required string Text { get; init; }

    public bool Is(string keyword) => Keyword == keyword;
}
