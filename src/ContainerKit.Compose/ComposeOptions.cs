using System.Collections.Immutable;

namespace ContainerKit.Compose;

/// <summary>Which files make a project, and with which variables they are read.</summary>
public sealed record ComposeOptions
{
    /// <summary>
    /// The files, each merged over those before it; relative paths start at the current directory. Empty: the variable <c>COMPOSE_FILE</c>, else
    /// <c>compose.yaml</c>, <c>compose.yml</c>, <c>docker-compose.yaml</c> or <c>docker-compose.yml</c> with its override file, in the project's directory
    /// or one above it.
    /// </summary>
    public ImmutableArray<string> Files { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>What relative paths in the files start at, and where <c>.env</c> is. Null: the directory of the first file.</summary>
    public string? ProjectDirectory { get; init; }

    /// <summary>The project's name: lower-case letters, digits, <c>-</c> and <c>_</c>. Null: <c>COMPOSE_PROJECT_NAME</c>, else the <c>name</c> of the files, else the directory's name.</summary>
    public string? ProjectName { get; init; }

    /// <summary>Profiles that are enabled, besides those of <c>COMPOSE_PROFILES</c>; <c>*</c> for all.</summary>
    public ImmutableArray<string> Profiles { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Files with variables, later ones over earlier ones. Empty: <c>.env</c> of the project's directory, where it is there.</summary>
    public ImmutableArray<string> EnvironmentFiles { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Variables, which go before those of files. Null: those of this process.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
}
