using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Services;

/// <summary>A project as its files describe it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Root">Its canonical form.</param>
/// <param name="Services">All services, those of profiles that are not enabled included.</param>
/// <param name="Context">Its networks, volumes, secrets and configs.</param>
internal sealed record ProjectModel(string Name, YamlMapping Root, IReadOnlyList<ComposeService> Services, ServiceContext Context);
