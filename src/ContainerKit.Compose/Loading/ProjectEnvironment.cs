namespace ContainerKit.Compose.Loading;

/// <summary>The variables of a project: those of its caller, then those of its <c>.env</c> file.</summary>
internal sealed class ProjectEnvironment(IReadOnlyDictionary<string, string> variables)
{
    private readonly Dictionary<string, string> _variables = new(variables, StringComparer.Ordinal);
    private readonly SortedSet<string> _missing = new(StringComparer.Ordinal);

    /// <summary>Variables that were asked for without a default and are not set.</summary>
    public IReadOnlyCollection<string> Missing => _missing;

    public IReadOnlyDictionary<string, string> Variables => _variables;

    public string? Find(string name) => _variables.GetValueOrDefault(name);

    public string FindOrWarn(string name)
    {
        if (_variables.TryGetValue(name, out string? value))
            return value;
        _missing.Add(name);
        return "";
    }

    /// <summary>Adds what is not there.</summary>
    public void AddDefaults(IEnumerable<KeyValuePair<string, string>> defaults)
    {
        foreach ((string name, string value) in defaults)
            _variables.TryAdd(name, value);
    }

    public void Set(string name, string value) => _variables[name] = value;

    public ProjectEnvironment Copy() => new(_variables);

    /// <summary>Takes over what was found missing in a part of the project.</summary>
    public void AddMissing(ProjectEnvironment other) => _missing.UnionWith(other._missing);
}
