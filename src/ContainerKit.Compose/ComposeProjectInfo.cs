namespace ContainerKit.Compose;

/// <summary>A project that has containers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Running">How many of its containers run.</param>
/// <param name="Containers">How many there are.</param>
/// <param name="Files">The files that it was made from.</param>
public sealed record ComposeProjectInfo(string Name, int Running, int Containers, IReadOnlyList<string> Files);
