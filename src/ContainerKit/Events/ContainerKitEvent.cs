namespace ContainerKit;

/// <summary>Something that happened to an object of an engine.</summary>
public sealed class ContainerKitEvent
{
    private readonly Func<IReadOnlyDictionary<string, string>> _describe;
    private IReadOnlyDictionary<string, string>? _attributes;

    internal ContainerKitEvent(EventKind kind, string action, string actorId, DateTimeOffset time, Func<IReadOnlyDictionary<string, string>> describe)
    {
        Kind = kind;
        Action = action;
        ActorId = actorId;
        Time = time;
        _describe = describe;
    }

    /// <summary>What it happened to.</summary>
    public EventKind Kind { get; }

    /// <summary>What happened, in Docker's words: one of <see cref="EventAction"/>.</summary>
    public string Action { get; }

    /// <summary>More about the action, which Docker prints after a colon: a command, a health status; null for none.</summary>
    public string? Detail { get; internal init; }

    /// <summary>The id of the object.</summary>
    public string ActorId { get; }

    /// <summary>When it happened, UTC.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>Counts the events of an engine, from 1 on, without gaps.</summary>
    public long Sequence { get; internal set; }

    /// <summary>
    /// Name, image and labels of the object, and what the action brings along: <c>exitCode</c>, <c>signal</c>, <c>execID</c>, <c>oldName</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Attributes => _attributes ??= _describe();

    /// <summary>Kind, action and id.</summary>
    public override string ToString() => Detail is null ? $"{Kind} {Action} {ActorId}" : $"{Kind} {Action}: {Detail} {ActorId}";
}
