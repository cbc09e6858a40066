using System.Collections.Immutable;
using System.Globalization;
using ContainerKit.Builds.Parsing;
using ContainerKit.Builds.Planning;
using ContainerKit.Containers.Instances;
using ContainerKit.Images;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Execution;

/// <content>Instructions that change the configuration only.</content>
internal sealed partial class StageRunner
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(1);

    private void Configure(DockerfileInstruction instruction)
    {
        if (instruction.Keyword != "HEALTHCHECK")
        {
            RequireNoFlags(instruction);
        }
        ExecutionConfiguration config = _state.Config;
        switch (instruction.Keyword)
        {
            case "ARG":
                Declare(instruction);
                break;
            case "ENV":
                config = config with { Env = ConfigurationChange.SetEnvironment(config.Env, NameValueList.Parse(File, instruction, Expander())) };
                break;
            case "LABEL":
                var labels = new Dictionary<string, string>(config.Labels, StringComparer.Ordinal);
                NameValueList.Parse(File, instruction, Expander()).ForEach(pair => labels[pair.Name] = pair.Value);
                config = config with { Labels = labels };
                break;
            case "CMD":
                config = config with { Cmd = Command(instruction) };
                _hasCommand = true;
                break;
            case "ENTRYPOINT":
                // The command of the image below was meant for its entrypoint.
                config = config with { Entrypoint = Command(instruction), Cmd = _hasCommand ? config.Cmd : [] };
                break;
            case "SHELL":
                config = config with
                {
                    Shell = instruction.Json is { Length: > 0 } shell ? shell : throw File.Error(instruction, "SHELL needs the JSON form with a program: SHELL [\"/bin/bash\", \"-c\"]."),
                };
                break;
            case "USER":
                config = config with { User = ExpandOne(instruction) };
                break;
            case "STOPSIGNAL":
                string signal = ExpandOne(instruction);
                config = config with { StopSignal = SignalName.TryParse(signal, out _) ? signal : throw File.Error(instruction, $"There is no signal {signal}.") };
                break;
            case "EXPOSE":
                config = config with { ExposedPorts = config.ExposedPorts.Concat(Expander().ExpandWords(instruction.Arguments).SelectMany(word => Ports(instruction, word))).ToHashSet(StringComparer.Ordinal) };
                break;
            case "VOLUME":
                config = config with { Volumes = config.Volumes.Concat(Volumes(instruction)).ToHashSet(StringComparer.Ordinal) };
                break;
            case "HEALTHCHECK":
                config = config with { HealthCheck = ParseHealthCheck(instruction) };
                break;
            case "MAINTAINER":
                _state = _state with { Author = instruction.Arguments };
                break;
            case "ONBUILD":
                if (HeredocMark.Find(instruction.Arguments, File.Escape).Count > 0)
                {
                    throw new UnsupportedException("ONBUILD with a here-document can't be kept in an image. Use a file.");
                }
                RequireTrigger(DockerfileParser.ParseTrigger(instruction.Arguments, File.Escape, File.Name, instruction.Line));
                config = config with { OnBuild = [.. config.OnBuild, instruction.Arguments] };
                break;
            default:
                throw File.Error(instruction, $"{instruction.Keyword} is not possible here.");
        }
        _state = (_state with { Config = config }).WithHistory(Shown(instruction), _state.Created, isEmpty: true);
    }

    private void Declare(DockerfileInstruction instruction)
    {
        BuildArguments given = _session.Arguments;
        foreach ((string name, string? value) in NameValueList.ParseArguments(File, instruction, Expander()))
        {
            string? known = given.Given(name) ?? value ?? _session.Plan.Globals.GetValueOrDefault(name) ?? given.Predefined(name);
            if (name == "SOURCE_DATE_EPOCH" && known is null && given.SourceDate is { } seconds)
            {
                known = seconds.ToString(CultureInfo.InvariantCulture);
            }
            _state = _state with { Arguments = known is null ? _state.Arguments : _state.Arguments.SetItem(name, known) };
        }
    }

    private ImmutableArray<string> Command(DockerfileInstruction instruction)
        => instruction.Json ?? (instruction.Arguments.Length == 0 ? [] : [.. ShellOf(), instruction.Arguments]);

    private string ExpandOne(DockerfileInstruction instruction)
    {
        string value = Expander().Expand(instruction.Arguments);
        return value.Length > 0 ? value : throw File.Error(instruction, $"{instruction.Keyword} '{instruction.Arguments}' is empty: a variable that it takes has no value.");
    }

    private List<string> Volumes(DockerfileInstruction instruction)
    {
        WordExpander expander = Expander();
        IEnumerable<string> words = instruction.Json ?? [.. instruction.Arguments.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
        List<string> volumes = [.. words.Select(expander.Expand)];
        return volumes.Count > 0 && volumes.TrueForAll(volume => !string.IsNullOrWhiteSpace(volume)) ? volumes : throw File.Error(instruction, "VOLUME needs paths that are not empty.");
    }

    private IEnumerable<string> Ports(DockerfileInstruction instruction, string word)
    {
        string[] parts = word.Split('/');
        string protocol = parts.Length == 2 ? parts[1].ToLowerInvariant() : "tcp";
        string[] range = parts[0].Split('-');
        bool isValid = parts.Length <= 2 && protocol is "tcp" or "udp" or "sctp" && range.Length <= 2;
        if (!isValid || !ushort.TryParse(range[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
            || !ushort.TryParse(range[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last) || last < first || first == 0)
        {
            throw File.Error(instruction, $"'{word}' is no port: expected a number or a range from 1 to 65535, and /tcp, /udp or /sctp.");
        }
        return Enumerable.Range(first, last - first + 1).Select(port => string.Create(CultureInfo.InvariantCulture, $"{port}/{protocol}"));
    }

    private HealthCheck ParseHealthCheck(DockerfileInstruction instruction)
    {
        string flags = string.Concat(instruction.Flags.Select(flag => $"--{flag.Name}={flag.Value} "));
        HealthCheck check = HealthCheckInstruction.Parse(flags + instruction.Arguments, ["/bin/sh", "-c"])
            ?? throw File.Error(instruction, "HEALTHCHECK needs [--interval=…] [--timeout=…] [--start-period=…] [--start-interval=…] [--retries=N] and CMD with a command; or NONE.");
        if (check.Test is ["NONE"] && instruction.Flags.Length > 0)
        {
            throw File.Error(instruction, "HEALTHCHECK NONE takes no flags.");
        }
        foreach (TimeSpan? time in (TimeSpan?[])[check.Interval, check.Timeout, check.StartPeriod, check.StartInterval])
        {
            if (time is { } given && given != TimeSpan.Zero && given < ShortestInterval)
            {
                throw File.Error(instruction, "The times of HEALTHCHECK are at least 1 ms.");
            }
        }
        return check;
    }
}
