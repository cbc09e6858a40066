namespace ContainerKit.Compose;

/// <summary>A container of a project.</summary>
/// <param name="Service">The service that it is of.</param>
/// <param name="Number">Its number among those of the service, from 1.</param>
/// <param name="Info">What is known of it.</param>
public sealed record ComposeContainer(string Service, int Number, ContainerInfo Info);
