namespace ContainerKit.Compose;

/// <summary>A step of an operation of a project.</summary>
/// <param name="Resource">What kind of thing it is about.</param>
/// <param name="Name">Its name.</param>
/// <param name="Action">What has happened.</param>
public readonly record struct ComposeProgress(ComposeResource Resource, string Name, ComposeAction Action)
{
    /// <summary>As in <c>Container app-web-1 Started</c>.</summary>
    public override string ToString() => $"{Resource} {Name} {Action}";
}
