using System.Collections.Immutable;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Execution;

/// <summary>What a stage is so far.</summary>
internal sealed record StageState
{
    /// <summary>Diff ids, the lowest first.</summary>
    public ImmutableArray<Digest> Layers { get; init; } = [];

    /// <summary>Their blobs.</summary>
    public ImmutableArray<Descriptor> Blobs { get; init; } = [];

    public ExecutionConfiguration Config { get; init; } = new();

    public ImmutableArray<HistoryEntry> History { get; init; } = [];

    public string? Author { get; init; }

    public required Platform Platform { get; init; }

    /// <summary>When the last layer was made; null where it has none.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The arguments that are in scope and have a value.</summary>
    public ImmutableSortedDictionary<string, string> Arguments { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The digest of the manifest of the image that all began with, and its name; null for none.</summary>
    public (string Name, Digest Digest)? BaseImage { get; init; }

    /// <summary>A variable as instructions see it: ENV wins over ARG.</summary>
    public string? LookUp(string name)
    {
        string prefix = name + "=";
        return Config.Env.LastOrDefault(entry => entry.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..] ?? Arguments.GetValueOrDefault(name);
    }

    /// <summary>The environment of a command: arguments in scope, and what ENV sets.</summary>
    public IEnumerable<KeyValuePair<string, string>> CommandArguments
    {
        get
        {
            HashSet<string> set = [.. Config.Env.Select(entry => entry.Split('=', 2)[0])];
            return Arguments.Where(pair => !set.Contains(pair.Key));
        }
    }

    public StageState WithHistory(string text, DateTimeOffset? created, bool isEmpty)
        => this with { History = History.Add(new HistoryEntry { Created = created, CreatedBy = text, Comment = "containerkit", EmptyLayer = isEmpty }) };

    public StageState WithLayer(Digest diffId, Descriptor blob, string text, DateTimeOffset created)
        => (this with { Layers = Layers.Add(diffId), Blobs = Blobs.Add(blob), Created = created }).WithHistory(text, created, isEmpty: false);
}
