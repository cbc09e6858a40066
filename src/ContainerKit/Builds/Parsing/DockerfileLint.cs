using System.Text.RegularExpressions;

namespace ContainerKit.Builds.Parsing;

/// <summary>The documented checks of Dockerfiles that need nothing but the file.</summary>
internal static partial class DockerfileLint
{
    /// <summary>What is found, in the order of the lines, without what the file's check directive skips.</summary>
    public static IEnumerable<BuildWarning> Run(Dockerfile file, IEnumerable<BuildWarning> found)
    {
        HashSet<string> skipped = Skipped(file.Check);
        if (skipped.Contains("all"))
        {
            return [];
        }
        return found.Concat(Check(file)).Where(warning => !skipped.Contains(warning.Rule.ToLowerInvariant())).OrderBy(warning => warning.Line);
    }

    /// <summary>True: the file wants its warnings to be errors.</summary>
    public static bool AreErrors(string? check)
        => check?.Split(';').Any(part => part.Split('=') is [var name, var value] && name.Trim() == "error" && value.Trim() == "true") == true;

    private static HashSet<string> Skipped(string? check)
        => [.. (check ?? "").Split(';').Select(part => part.Split('=', 2)).Where(pair => pair.Length == 2 && pair[0].Trim() == "skip")
            .SelectMany(pair => pair[1].Split(',')).Select(rule => rule.Trim().ToLowerInvariant())];

    private static IEnumerable<BuildWarning> Check(Dockerfile file)
    {
        int upper = file.Instructions.Count(instruction => instruction.WrittenKeyword == instruction.Keyword);
        bool mostlyUpper = upper * 2 >= file.Instructions.Length;
        Dictionary<string, int> once = new(StringComparer.Ordinal);
        HashSet<string> stages = new(StringComparer.OrdinalIgnoreCase);
        foreach (DockerfileInstruction instruction in file.Instructions)
        {
            int line = instruction.Line;
            if (instruction.WrittenKeyword.Any(mostlyUpper ? char.IsAsciiLetterLower : char.IsAsciiLetterUpper))
            {
                yield return new("ConsistentInstructionCasing", $"The instruction {instruction.WrittenKeyword} is cased unlike most of the file.", line);
            }
            switch (instruction.Keyword)
            {
                case "FROM":
                    once.Clear();
                    foreach (BuildWarning warning in CheckFrom(instruction, stages))
                    {
                        yield return warning;
                    }
                    break;
                case "MAINTAINER":
                    yield return new("MaintainerDeprecated", "MAINTAINER is deprecated: use LABEL org.opencontainers.image.authors.", line);
                    break;
                case "CMD" or "ENTRYPOINT" or "HEALTHCHECK":
                    if (once.TryGetValue(instruction.Keyword, out int first))
                    {
                        yield return new("MultipleInstructionsDisallowed", $"The {instruction.Keyword} in line {first} has no effect: only the last one of a stage counts.", line);
                    }
                    once[instruction.Keyword] = line;
                    if (instruction.Json is null && instruction.Keyword != "HEALTHCHECK" && instruction.Arguments.Length > 0)
                    {
                        yield return new("JSONArgsRecommended", $"The JSON form is recommended for {instruction.Keyword}, so that signals reach the program.", line);
                    }
                    break;
                case "WORKDIR" when !instruction.Arguments.StartsWith('/') && !instruction.Arguments.StartsWith('$') && once.TryAdd("WORKDIR", line):
                    yield return new("WorkdirRelativePath", $"The relative path {instruction.Arguments} depends on what the base image says.", line);
                    break;
                case "WORKDIR":
                    once.TryAdd("WORKDIR", line);
                    break;
                case "ENV" or "LABEL" when IsLegacyPair(instruction.Arguments):
                    yield return new("LegacyKeyValueFormat", $"\"{instruction.Keyword} key=value\" should be used instead of \"{instruction.Keyword} key value\".", line);
                    break;
                case "EXPOSE" when instruction.Arguments.Split('/').Skip(1).Any(part => part.Any(char.IsAsciiLetterUpper)):
                    yield return new("ExposeProtoCasing", "The protocol of EXPOSE should be in lower case.", line);
                    break;
            }
            if (instruction.Keyword is "ENV" or "ARG" && SecretName().Match(instruction.Arguments) is { Success: true } secret)
            {
                yield return new("SecretsUsedInArgOrEnv", $"{instruction.Keyword} {secret.Groups[1].Value} looks like a secret, which stays in the image: use a secret mount.", line);
            }
        }
    }

    private static IEnumerable<BuildWarning> CheckFrom(DockerfileInstruction instruction, HashSet<string> stages)
    {
        string[] words = instruction.Arguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (instruction.Flags.Any(flag => flag.Name == "platform" && flag.Value is "$TARGETPLATFORM" or "${TARGETPLATFORM}"))
        {
            yield return new("RedundantTargetPlatform", "--platform=$TARGETPLATFORM is the default.", instruction.Line);
        }
        if (instruction.Flags.Any(flag => flag.Name == "platform" && flag.Value is { } value && !value.Contains('$', StringComparison.Ordinal)))
        {
            yield return new("FromPlatformFlagConstDisallowed", "--platform of FROM should not be a constant.", instruction.Line);
        }
        if (words.Length != 3)
        {
            yield break;
        }
        if (words[1] != "AS" && words[1] != "as" || words[1] == "as" != (instruction.WrittenKeyword == "from"))
        {
            yield return new("FromAsCasing", $"{words[1]} and {instruction.WrittenKeyword} are cased differently.", instruction.Line);
        }
        if (words[2].Any(char.IsUpper))
        {
            yield return new("StageNameCasing", $"The stage name {words[2]} should be in lower case.", instruction.Line);
        }
        if (words[2].ToLowerInvariant() is "scratch" or "context")
        {
            yield return new("ReservedStageName", $"The stage name {words[2]} is reserved.", instruction.Line);
        }
        if (!stages.Add(words[2]))
        {
            yield return new("DuplicateStageName", $"There is a stage {words[2]} already.", instruction.Line);
        }
    }

    private static bool IsLegacyPair(string arguments)
    {
        int blank = arguments.AsSpan().IndexOfAny(' ', '\t');
        int equals = arguments.IndexOf('=', StringComparison.Ordinal);
        return blank > 0 && (equals < 0 || equals > blank);
    }

    [GeneratedRegex("(?i)^\\s*([a-z0-9_]*(?:apikey|auth_token|credential|password|passwd|pword|secret|private_key|api_key|access_token)[a-z0-9_]*)(?:[=\\s]|$)")]
    private static partial Regex SecretName();
}
