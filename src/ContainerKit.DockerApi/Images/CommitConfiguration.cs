using ContainerKit.Oci;

namespace ContainerKit.DockerApi.Images;

/// <summary>The configuration in a commit's body: what it sets wins, what it leaves out is the container's, and that is its image's with what its start has set.</summary>
internal static class CommitConfiguration
{
    internal static async Task<ExecutionConfiguration> MergeAsync(ContainerEngine engine, Container container, ImageConfigContract body, CancellationToken cancellationToken)
    {
        ContainerSpec spec = (await container.InspectAsync(cancellationToken).ConfigureAwait(false)).Spec;
        ExecutionConfiguration image = (await ImageLookup.GetAsync(engine, container.ImageId, cancellationToken).ConfigureAwait(false)).Configuration.Config;
        ExecutionConfiguration given = ImageMapping.FromContract(body);
        return image with
        {
            User = given.User is { Length: > 0 } ? given.User : spec.User ?? image.User,
            WorkingDir = given.WorkingDir is { Length: > 0 } ? given.WorkingDir : spec.WorkingDirectory ?? image.WorkingDir,
            StopSignal = given.StopSignal ?? spec.StopSignal ?? image.StopSignal,
            StopTimeout = given.StopTimeout ?? image.StopTimeout,
            HealthCheck = given.HealthCheck ?? image.HealthCheck,
            Cmd = given.Cmd.Count > 0 ? given.Cmd : spec.Command?.ToArray() ?? image.Cmd,
            Entrypoint = given.Entrypoint.Count > 0 ? given.Entrypoint : spec.Entrypoint?.ToArray() ?? image.Entrypoint,
            Shell = given.Shell.Count > 0 ? given.Shell : image.Shell,
            OnBuild = [.. image.OnBuild, .. given.OnBuild],
            Env = Environment(image.Env, spec.Environment.Where(each => each.Value is not null).Select(each => $"{each.Key}={each.Value}"), given.Env),
            ExposedPorts = new HashSet<string>([.. image.ExposedPorts, .. spec.ExposedPorts, .. given.ExposedPorts]),
            Volumes = new HashSet<string>([.. image.Volumes, .. given.Volumes]),
            Labels = Union(image.Labels, spec.Labels, given.Labels),
        };
    }

    private static List<string> Environment(params ReadOnlySpan<IEnumerable<string>> sources)
    {
        List<string> environment = [];
        foreach (IEnumerable<string> source in sources)
        {
            foreach (string entry in source)
            {
                string name = entry.Split('=', 2)[0] + "=";
                int known = environment.FindIndex(other => other.StartsWith(name, StringComparison.Ordinal));
                if (known < 0)
                    environment.Add(entry);
                else
                    environment[known] = entry;
            }
        }

        return environment;
    }

    private static Dictionary<string, string> Union(params ReadOnlySpan<IEnumerable<KeyValuePair<string, string>>> sources)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach (IEnumerable<KeyValuePair<string, string>> source in sources)
        {
            foreach ((string name, string value) in source)
                labels[name] = value;
        }

        return labels;
    }
}
