using ContainerKit.Compose.Loading;
using Xunit;

namespace ContainerKit.Compose.Tests;

/// <summary>Projects without an engine: what files say.</summary>
internal static class Project
{
    public const string Directory = "/srv/app";

    public static Task<ComposeProject> ParseAsync(string yaml, params (string Name, string Value)[] variables)
        => ParseAsync(yaml, new ComposeOptions(), variables);

    public static Task<ComposeProject> ParseAsync(string yaml, ComposeOptions options, params (string Name, string Value)[] variables)
        => ProjectLoader.LoadAsync(
            null,
            options with { ProjectDirectory = Directory, Environment = variables.ToDictionary(variable => variable.Name, variable => variable.Value) },
            yaml,
            TestContext.Current.CancellationToken);

    /// <summary>The one service of a file, whose keys are given.</summary>
    public static async Task<ComposeService> ServiceAsync(string keys, string rest = "", params (string Name, string Value)[] variables)
    {
        string body = string.Concat(keys.ReplaceLineEndings("\n").Split('\n').Select(line => $"    {line}\n"));
        return (await ParseAsync($"services:\n  web:\n    image: busybox:test\n{body}{rest}", variables)).GetService("web");
    }

    public static async Task<ComposeFileException> FailAsync(string yaml, params (string Name, string Value)[] variables)
        => await Assert.ThrowsAsync<ComposeFileException>(() => ParseAsync(yaml, variables));
}
