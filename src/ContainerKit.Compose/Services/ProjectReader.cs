using ContainerKit.Compose.Loading;
using ContainerKit.Compose.Yaml;

namespace ContainerKit.Compose.Services;

/// <summary>Reads the whole tree of a project, and checks what only the whole shows.</summary>
internal static class ProjectReader
{
    public static async Task<ProjectModel> ReadAsync(YamlMapping root, string name, ProjectEnvironment environment, CancellationToken cancellationToken)
    {
        var section = new Section(root, "");
        section.Accept("version", "name");
        section.Refuse("language models need a server of their own", "models");
        Dictionary<string, ProjectNetwork> networks = section.Named("networks").ToDictionary(each => each.Name, each => ProjectNetwork.Read(each.Name, each.Section, name), StringComparer.Ordinal);
        networks.TryAdd(NetworkReader.DefaultNetwork, ProjectNetwork.Read(NetworkReader.DefaultNetwork, new Section(YamlMapping.Empty(root.Position), ""), name));
        List<(string Name, Section Section)> services = [.. section.Named("services")];
        var context = new ServiceContext
        {
            Project = name,
            Environment = environment,
            Networks = networks,
            Volumes = section.Named("volumes").ToDictionary(each => each.Name, each => ProjectVolume.Read(each.Name, each.Section, name), StringComparer.Ordinal),
            Secrets = section.Named("secrets").ToDictionary(each => each.Name, each => FileSource.Read(each.Section, environment, isConfig: false), StringComparer.Ordinal),
            Configs = section.Named("configs").ToDictionary(each => each.Name, each => FileSource.Read(each.Section, environment, isConfig: true), StringComparer.Ordinal),
            FirstContainers = services.ToDictionary(each => each.Name, each => (each.Section.Mapping.Find("container_name") as YamlScalar)?.Text ?? ServiceContext.ContainerName(name, each.Name, 1), StringComparer.Ordinal),
        };
        var reader = new ServiceReader(context);
        List<ComposeService> result = [];
        foreach ((string service, Section its) in services)
        {
            if (service.Length == 0 || !service.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
                throw its.Error("", $"'{service}' is no name of a service: letters, digits, '.', '_' and '-' are allowed");
            result.Add(await reader.ReadAsync(service, its, cancellationToken).ConfigureAwait(false));
        }

        section.End();
        if (result.Count == 0)
            throw section.Error("", "there are no services");
        RequireNoCycle(result);
        RequireDistinctNames(result);
        return new ProjectModel(name, root, result, context);
    }

    private static void RequireNoCycle(List<ComposeService> services)
    {
        Dictionary<string, ComposeService> all = services.ToDictionary(service => service.Name, StringComparer.Ordinal);
        HashSet<string> done = [];
        List<string> way = [];
        foreach (ComposeService service in services)
            Visit(service);

        void Visit(ComposeService service)
        {
            if (done.Contains(service.Name))
                return;
            int index = way.IndexOf(service.Name);
            if (index >= 0)
                throw service.Position.Error($"services.{service.Name}.depends_on", $"services wait for each other: {string.Join(" -> ", way.Skip(index).Append(service.Name))}");
            way.Add(service.Name);
            foreach (ComposeDependency dependency in service.Dependencies)
                Visit(all[dependency.Service]);
            way.RemoveAt(way.Count - 1);
            done.Add(service.Name);
        }
    }

    private static void RequireDistinctNames(List<ComposeService> services)
    {
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        foreach (ComposeService service in services.Where(service => service.ContainerName is not null))
        {
            if (!names.TryAdd(service.ContainerName!, service.Name))
                throw service.Position.Error($"services.{service.Name}.container_name", $"'{service.ContainerName}' is the name of a container of {names[service.ContainerName!]} already");
        }
    }
}
