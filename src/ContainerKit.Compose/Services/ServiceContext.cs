using ContainerKit.Compose.Loading;

namespace ContainerKit.Compose.Services;

/// <summary>What a service is read against: the rest of its project.</summary>
internal sealed record ServiceContext
{
    public required string Project { get; init; }

    public required ProjectEnvironment Environment { get; init; }

    public required IReadOnlyDictionary<string, ProjectNetwork> Networks { get; init; }

    public required IReadOnlyDictionary<string, ProjectVolume> Volumes { get; init; }

    public required IReadOnlyDictionary<string, FileSource> Secrets { get; init; }

    public required IReadOnlyDictionary<string, FileSource> Configs { get; init; }

    /// <summary>The name of the first container of every service.</summary>
    public required IReadOnlyDictionary<string, string> FirstContainers { get; init; }

    public static string ContainerName(string project, string service, int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{project}-{service}-{number}");
}
