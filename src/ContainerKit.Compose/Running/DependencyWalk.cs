namespace ContainerKit.Compose.Running;

/// <summary>Does something with every service, at the same time where none has to wait for another.</summary>
internal static class DependencyWalk
{
    /// <summary>Those that others need first.</summary>
    public static Task ForwardAsync(IReadOnlyList<ComposeService> services, Func<ComposeService, CancellationToken, Task> work, CancellationToken cancellationToken)
        => RunAsync(services, service => service.Dependencies.Select(dependency => dependency.Service), work, cancellationToken);

    /// <summary>Those that need others first.</summary>
    public static Task BackwardAsync(IReadOnlyList<ComposeService> services, Func<ComposeService, CancellationToken, Task> work, CancellationToken cancellationToken)
        => RunAsync(services, service => services.Where(other => other.Dependencies.Any(dependency => dependency.Service == service.Name)).Select(other => other.Name), work, cancellationToken);

    private static async Task RunAsync(
        IReadOnlyList<ComposeService> services, Func<ComposeService, IEnumerable<string>> before, Func<ComposeService, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Dictionary<string, Task> tasks = new(StringComparer.Ordinal);
        Dictionary<string, ComposeService> all = services.ToDictionary(service => service.Name, StringComparer.Ordinal);
        foreach (ComposeService service in services)
            _ = Begin(service);
        try
        {
            await Task.WhenAll(tasks.Values).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The first failure stops the others; what they say then is of no interest.
            Exception? cause = tasks.Values.Select(task => task.Exception?.InnerException).FirstOrDefault(error => error is not null and not OperationCanceledException);
            if (cause is null)
                throw;
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
        }

        Task Begin(ComposeService service)
        {
            // There are no cycles: the file was checked.
            if (!tasks.TryGetValue(service.Name, out Task? task))
                tasks.Add(service.Name, task = OneAsync(service, [.. before(service).Where(all.ContainsKey).Distinct(StringComparer.Ordinal).Select(name => Begin(all[name]))]));
            return task;
        }

        async Task OneAsync(ComposeService service, Task[] first)
        {
            try
            {
                await Task.WhenAll(first).ConfigureAwait(false);
                stop.Token.ThrowIfCancellationRequested();
                await work(service, stop.Token).ConfigureAwait(false);
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }
}
