namespace ContainerKit.DockerApi.Contracts;

/// <summary>The answer of POST /containers/create.</summary>
internal sealed record CreateContainerResponse(string Id, IReadOnlyList<string> Warnings);
