using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using ContainerKit.Builds.Execution;
using ContainerKit.Builds.Parsing;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Planning;

/// <summary>The stages of a Dockerfile, which of them the result needs, and the arguments before the first.</summary>
internal sealed partial class BuildPlan
{
    private BuildPlan(Dockerfile file, ImmutableArray<PlannedStage> stages, PlannedStage target, IReadOnlyDictionary<string, string> globals)
    {
        File = file;
        Stages = stages;
        Target = target;
        Globals = globals;
        Needed = FindNeeded(stages, target);
    }

    public Dockerfile File { get; }

    public ImmutableArray<PlannedStage> Stages { get; }

    public PlannedStage Target { get; }

    /// <summary>The arguments that were declared before the first FROM, with their values.</summary>
    public IReadOnlyDictionary<string, string> Globals { get; }

    /// <summary>The stages that are built.</summary>
    public IReadOnlyList<PlannedStage> Needed { get; }

    /// <summary>Instructions of the stages that are built.</summary>
    public int StepCount => Needed.Sum(stage => stage.Instructions.Length + 1);

    /// <exception cref="BuildException">The file is no Dockerfile that could be built, or has no such target.</exception>
    public static BuildPlan Create(Dockerfile file, BuildArguments arguments, string? target, IReadOnlyCollection<string> contexts)
    {
        var globals = new Dictionary<string, string>(StringComparer.Ordinal);
        var stages = new List<PlannedStage>();
        int first = 0;
        for (; first < file.Instructions.Length && !file.Instructions[first].Is("FROM"); first++)
        {
            DockerfileInstruction instruction = file.Instructions[first];
            if (!instruction.Is("ARG"))
            {
                throw file.Error(instruction, $"{instruction.Keyword} comes before the first FROM, where only ARG may be.");
            }
            DeclareGlobals(file, instruction, arguments, globals);
        }
        if (first == file.Instructions.Length)
        {
            throw new BuildException("The Dockerfile has no FROM.", file.Name);
        }
        while (first < file.Instructions.Length)
        {
            int next = first + 1;
            while (next < file.Instructions.Length && !file.Instructions[next].Is("FROM"))
            {
                next++;
            }
            stages.Add(CreateStage(file, stages, file.Instructions[first], file.Instructions[(first + 1)..next], arguments, globals, contexts));
            first = next;
        }
        PlannedStage[] linked = [.. stages.Select(stage => stage with { Needs = [.. FindNeeds(file, stage, stages, contexts)] })];
        return new BuildPlan(file, [.. linked], FindTarget(linked, target), globals);
    }

    /// <summary>A stage that comes before another one, by name or number.</summary>
    public static PlannedStage? FindStage(IReadOnlyList<PlannedStage> stages, string reference, int before)
    {
        if (int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            return index < before ? stages[index] : null;
        }
        string name = reference.ToLowerInvariant();
        return stages.LastOrDefault(stage => stage.Index < before && stage.Name == name);
    }

    private static void DeclareGlobals(Dockerfile file, DockerfileInstruction instruction, BuildArguments arguments, Dictionary<string, string> globals)
    {
        WordExpander expander = new(name => globals.GetValueOrDefault(name) ?? arguments.Predefined(name), file.Escape);
        foreach ((string name, string? value) in NameValueList.ParseArguments(file, instruction, expander))
        {
            if ((arguments.Given(name) ?? value ?? arguments.Predefined(name)) is { } known)
            {
                globals[name] = known;
            }
        }
    }

    private static PlannedStage CreateStage(
        Dockerfile file, List<PlannedStage> stages, DockerfileInstruction from, ImmutableArray<DockerfileInstruction> instructions, BuildArguments arguments,
        Dictionary<string, string> globals, IReadOnlyCollection<string> contexts)
    {
        WordExpander expander = new(name => globals.GetValueOrDefault(name) ?? arguments.Predefined(name), file.Escape);
        string[] words = from.Arguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is not (1 or 3) || (words.Length == 3 && !words[1].Equals("as", StringComparison.OrdinalIgnoreCase)))
        {
            throw file.Error(from, "FROM needs an image, or an image, AS and a name.");
        }
        string? name = words.Length == 3 ? words[2].ToLowerInvariant() : null;
        if (name is not null && !StageName().IsMatch(name))
        {
            throw file.Error(from, $"'{words[2]}' can't be the name of a stage: it begins with a letter and has letters, digits, '-', '_' and '.'.");
        }
        try
        {
            string image = expander.Expand(words[0]);
            if (image.Length == 0)
            {
                throw file.Error(from, $"The image of FROM, '{words[0]}', is empty: an ARG that it takes has no value, or is not declared before the first FROM.");
            }
            PlannedStage? below = contexts.Contains(image, StringComparer.OrdinalIgnoreCase) || int.TryParse(image, out _) ? null : FindStage(stages, image, stages.Count);
            return new PlannedStage
            {
                Index = stages.Count,
                Name = name,
                From = from,
                BaseStage = below?.Index,
                BaseImage = below is null && image != "scratch" ? image : null,
                Platform = ReadPlatform(file, from, expander),
                Instructions = instructions,
            };
        }
        catch (FormatException e)
        {
            throw file.Error(from, e.Message, e);
        }
    }

    private static Platform? ReadPlatform(Dockerfile file, DockerfileInstruction from, WordExpander expander)
    {
        Platform? platform = null;
        foreach (DockerfileFlag flag in from.Flags)
        {
            if (flag.Name != "platform")
            {
                throw file.Error(from, $"FROM has no flag --{flag.Name}.{Spelling.Hint(flag.Name, ["platform"])}");
            }
            string text = expander.Expand(flag.Value ?? "");
            try
            {
                platform = text.Length == 0 ? null : Platform.Parse(text);
            }
            catch (OciFormatException e)
            {
                throw file.Error(from, e.Message, e);
            }
        }
        return platform;
    }

    private static IEnumerable<int> FindNeeds(Dockerfile file, PlannedStage stage, List<PlannedStage> stages, IReadOnlyCollection<string> contexts)
    {
        if (stage.BaseStage is { } below)
        {
            yield return below;
        }
        foreach (DockerfileInstruction instruction in stage.Instructions)
        {
            foreach (string reference in References(instruction))
            {
                if (contexts.Contains(reference, StringComparer.OrdinalIgnoreCase))
                {
                    continue;
                }
                if (FindStage(stages, reference, stage.Index) is { } needed)
                {
                    yield return needed.Index;
                }
                else if (int.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out _) || stages.Exists(other => string.Equals(other.Name, reference, StringComparison.OrdinalIgnoreCase)))
                {
                    throw file.Error(instruction, $"There is no stage {reference} before this one: files can be taken from earlier stages only.");
                }
            }
        }
    }

    /// <summary>What an instruction takes files from: --from of COPY and ADD, from= of mounts.</summary>
    private static IEnumerable<string> References(DockerfileInstruction instruction)
    {
        foreach (DockerfileFlag flag in instruction.Flags)
        {
            if (instruction.Keyword is "COPY" or "ADD" && flag is { Name: "from", Value.Length: > 0 })
            {
                yield return flag.Value;
            }
            else if (instruction.Is("RUN") && flag is { Name: "mount", Value: { } mount } && RunMount.FindFrom(mount) is { } from)
            {
                yield return from;
            }
        }
    }

    private static PlannedStage FindTarget(PlannedStage[] stages, string? target)
    {
        if (string.IsNullOrEmpty(target))
        {
            return stages[^1];
        }
        return FindStage(stages, target, stages.Length)
            ?? throw new BuildException($"There is no stage {target}.{Spelling.Hint(target, stages.Select(stage => stage.Name).OfType<string>())}");
    }

    private static List<PlannedStage> FindNeeded(ImmutableArray<PlannedStage> stages, PlannedStage target)
    {
        var needed = new SortedSet<int>();
        var pending = new Stack<int>([target.Index]);
        while (pending.TryPop(out int index))
        {
            if (needed.Add(index))
            {
                stages[index].Needs.ToList().ForEach(pending.Push);
            }
        }
        return [.. needed.Select(index => stages[index])];
    }

    [GeneratedRegex("^[a-z][a-z0-9-_.]*$")]
    private static partial Regex StageName();
}
