namespace ContainerKit.DockerApi.Contracts;

/// <summary>POST /containers/create.</summary>
internal sealed record CreateContainerBody : ContainerConfigBody
{
    public HostConfigBody? HostConfig { get; init; }

    public NetworkingConfigBody? NetworkingConfig { get; init; }
}
