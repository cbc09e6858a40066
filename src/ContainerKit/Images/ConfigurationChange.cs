using ContainerKit.Oci;

namespace ContainerKit.Images;

/// <summary>An instruction of a Dockerfile that changes nothing but an image's configuration, as <c>commit --change</c> and <c>import --change</c> take it.</summary>
/// <param name="Instruction">Its name in upper case.</param>
/// <param name="Arguments">What follows.</param>
internal sealed record ConfigurationChange(string Instruction, string Arguments)
{
    private const string Allowed = "CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME and WORKDIR";

    /// <summary>Takes an instruction apart.</summary>
    /// <exception cref="ArgumentException">It is none that is allowed here, or has no arguments.</exception>
    public static ConfigurationChange Parse(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        string trimmed = text.Trim();
        int end = trimmed.AsSpan().IndexOfAny(' ', '\t');
        string instruction = (end < 0 ? trimmed : trimmed[..end]).ToUpperInvariant();
        string arguments = end < 0 ? "" : trimmed[end..].Trim();
        var change = new ConfigurationChange(instruction, arguments);
        _ = change.Apply(new ExecutionConfiguration(), isCommandGiven: true); // finds what is wrong before anything is made
        return change;
    }

    /// <summary>Applies instructions in their order.</summary>
    public static ExecutionConfiguration Apply(IReadOnlyList<ConfigurationChange> changes, ExecutionConfiguration configuration)
    {
        bool isCommandGiven = false;
        foreach (ConfigurationChange change in changes)
        {
            isCommandGiven |= change.Instruction == "CMD";
            configuration = change.Apply(configuration, isCommandGiven);
        }
        return configuration;
    }

    private ExecutionConfiguration Apply(ExecutionConfiguration configuration, bool isCommandGiven)
    {
        if (Arguments.Length == 0 && Instruction is not ("CMD" or "ENTRYPOINT"))
        {
            throw Invalid("it needs arguments");
        }
        // As in a Dockerfile: CMD, ENTRYPOINT, SHELL, HEALTHCHECK and ONBUILD are taken as they are, variables mean something in the others.
        return Instruction switch
        {
            "CMD" => configuration with { Cmd = Command(configuration) },
            // The old command was meant for the old entrypoint.
            "ENTRYPOINT" => configuration with { Entrypoint = Command(configuration), Cmd = isCommandGiven ? configuration.Cmd : [] },
            "ENV" => configuration with { Env = SetEnvironment(configuration.Env, Pairs(configuration)) },
            "LABEL" => configuration with { Labels = SetLabels(configuration.Labels, Pairs(configuration)) },
            "EXPOSE" => configuration with { ExposedPorts = new HashSet<string>([.. configuration.ExposedPorts, .. Words(configuration).Select(Port)]) },
            "VOLUME" => configuration with { Volumes = new HashSet<string>([.. configuration.Volumes, .. InstructionText.ParseArray(Arguments) ?? Words(configuration)]) },
            "USER" => configuration with { User = Word(configuration) },
            "STOPSIGNAL" => configuration with { StopSignal = Word(configuration) },
            "WORKDIR" => configuration with { WorkingDir = Directory(configuration.WorkingDir, Word(configuration)) },
            "SHELL" => configuration with { Shell = InstructionText.ParseArray(Arguments) ?? throw Invalid("it needs a JSON array of strings") },
            "HEALTHCHECK" => configuration with { HealthCheck = HealthCheckInstruction.Parse(Arguments, ShellOf(configuration)) ?? throw Invalid("expected [--interval=…] [--timeout=…] [--start-period=…] [--start-interval=…] [--retries=N] CMD command, or NONE") },
            "ONBUILD" => configuration with { OnBuild = [.. configuration.OnBuild, Arguments] },
            _ => throw new ArgumentException($"Change '{Instruction} {Arguments}' is not allowed: expected one of {Allowed}."),
        };
    }

    private List<string> Command(ExecutionConfiguration configuration)
        => InstructionText.ParseArray(Arguments) ?? (Arguments.Length == 0 ? [] : [.. ShellOf(configuration), Arguments]);

    private static IReadOnlyList<string> ShellOf(ExecutionConfiguration configuration) => configuration.Shell.Count > 0 ? configuration.Shell : ["/bin/sh", "-c"];

    private List<string> Words(ExecutionConfiguration configuration)
        => InstructionText.Split(Arguments, configuration.Env) ?? throw Invalid("a quotation is not closed");

    private string Word(ExecutionConfiguration configuration) => Words(configuration) is [var word] ? word : throw Invalid("expected one argument");

    /// <summary><c>NAME=value …</c>, or the old form <c>NAME value with blanks</c>.</summary>
    private List<(string Name, string Value)> Pairs(ExecutionConfiguration configuration)
    {
        int blank = Arguments.AsSpan().IndexOfAny(' ', '\t');
        int equals = Arguments.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || (blank >= 0 && blank < equals))
        {
            return blank > 0 ? [(Arguments[..blank], InstructionText.Expand(Arguments[blank..].Trim(), configuration.Env))] : throw Invalid("expected NAME=value");
        }
        return [.. Words(configuration).Select(word => word.IndexOf('=', StringComparison.Ordinal) is var at and > 0 ? (word[..at], word[(at + 1)..]) : throw Invalid("expected NAME=value"))];
    }

    /// <summary>Variables set by ENV: a later value replaces an earlier one in its place.</summary>
    internal static List<string> SetEnvironment(IReadOnlyList<string> environment, List<(string Name, string Value)> pairs)
    {
        List<string> result = [.. environment];
        foreach ((string name, string value) in pairs)
        {
            int index = result.FindIndex(entry => entry.StartsWith(name + "=", StringComparison.Ordinal));
            if (index >= 0)
            {
                result[index] = $"{name}={value}";
            }
            else
            {
                result.Add($"{name}={value}");
            }
        }
        return result;
    }

    private static Dictionary<string, string> SetLabels(IReadOnlyDictionary<string, string> labels, List<(string Name, string Value)> pairs)
    {
        var result = new Dictionary<string, string>(labels, StringComparer.Ordinal);
        pairs.ForEach(pair => result[pair.Name] = pair.Value);
        return result;
    }

    private string Port(string text)
    {
        string[] parts = text.Split('/');
        bool valid = parts.Length <= 2 && (parts.Length == 1 || parts[1].ToUpperInvariant() is "TCP" or "UDP" or "SCTP")
            && parts[0].Split('-') is { Length: <= 2 } range && range.All(number => ushort.TryParse(number, out _));
        return valid ? parts[0] + "/" + (parts.Length == 1 ? "tcp" : parts[1].ToLowerInvariant()) : throw Invalid($"'{text}' is no port");
    }

    private static string Directory(string? current, string path)
    {
        var components = new List<string>();
        foreach (string component in (path.StartsWith('/') ? path : $"{current}/{path}").Split('/'))
        {
            if (component == ".." && components.Count > 0)
            {
                components.RemoveAt(components.Count - 1);
            }
            else if (component is not ("" or "." or ".."))
            {
                components.Add(component);
            }
        }
        return "/" + string.Join('/', components);
    }

    private ArgumentException Invalid(string reason) => new($"Change '{Instruction} {Arguments}' is not allowed: {reason}.");
}
