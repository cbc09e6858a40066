namespace ContainerKit.Compose.Running;

/// <summary>Waits for what a service needs, as its file says.</summary>
internal sealed class Conditions(ComposeProject project, IProgress<ComposeProgress>? progress)
{
    /// <param name="service">The service that waits.</param>
    /// <param name="present">The services that are part of what is done; others are not waited for.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task WaitAsync(ComposeService service, HashSet<string> present, CancellationToken cancellationToken)
    {
        foreach (ComposeDependency dependency in service.Dependencies.Where(dependency => dependency.Condition != ComposeCondition.Started && present.Contains(dependency.Service)))
        {
            foreach (ComposeContainer other in (await project.ListContainersAsync(cancellationToken).ConfigureAwait(false)).Where(container => container.Service == dependency.Service))
                await WaitAsync(service, dependency, other, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(ComposeService service, ComposeDependency dependency, ComposeContainer other, CancellationToken cancellationToken)
    {
        progress?.Report(new ComposeProgress(ComposeResource.Container, other.Info.Name, ComposeAction.Waiting));
        Container container = await project.Engine.Containers.GetAsync(other.Info.Id, cancellationToken).ConfigureAwait(false);
        try
        {
            if (dependency.Condition == ComposeCondition.Healthy)
                await container.WaitUntilHealthyAsync(cancellationToken).ConfigureAwait(false);
            else if ((await container.WaitAsync(WaitCondition.NotRunning, cancellationToken).ConfigureAwait(false)).ExitCode is not 0 and int code)
                throw new InvalidStateException($"it has ended with exit code {code}");
        }
        catch (InvalidStateException) when (!dependency.IsRequired)
        {
            progress?.Report(new ComposeProgress(ComposeResource.Container, other.Info.Name, ComposeAction.Failed));
            return;
        }
        catch (InvalidStateException e)
        {
            throw new InvalidStateException($"The service {service.Name} needs {dependency.Service}, whose container {other.Info.Name} has failed: {e.Message}. Its last lines: {await LastLinesAsync(container, cancellationToken).ConfigureAwait(false)}", e);
        }

        progress?.Report(new ComposeProgress(ComposeResource.Container, other.Info.Name, dependency.Condition == ComposeCondition.Healthy ? ComposeAction.Healthy : ComposeAction.Exited));
    }

    private static async Task<string> LastLinesAsync(Container container, CancellationToken cancellationToken)
    {
        const int count = 10;
        List<string> lines = [];
        await foreach (LogLine line in container.ReadLogsAsync(tail: count, cancellationToken: cancellationToken).ConfigureAwait(false))
            lines.Add(line.Text);
        return lines.Count == 0 ? "(none)" : string.Join('\n', lines);
    }
}
