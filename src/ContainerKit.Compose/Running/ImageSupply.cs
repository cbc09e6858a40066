using ContainerKit.Compose.Services;

namespace ContainerKit.Compose.Running;

/// <summary>Pulls and builds the images of services, several at a time, each once.</summary>
internal sealed class ImageSupply(ContainerEngine engine, IProgress<ComposeProgress>? progress, IProgress<BuildEvent>? buildProgress, IProgress<ImageTransferProgress>? pullProgress)
{
    private const int MaximumParallel = 4;

    /// <summary>Everything that containers of the services need.</summary>
    public Task RequireAsync(IReadOnlyList<ComposeService> services, bool build, bool noBuild, CancellationToken cancellationToken)
        => EachImageAsync(services, async (service, token) =>
        {
            bool isThere = await engine.Images.FindAsync(service.Image, token).ConfigureAwait(false) is not null;
            if (service.Build is not null && !noBuild && (build || service.ImagePolicy == ImagePolicy.Build || (!isThere && service.ImagePolicy == ImagePolicy.Missing && !service.HasOwnImageName)))
                await BuildOneAsync(service, token).ConfigureAwait(false);
            else if (service.ImagePolicy == ImagePolicy.Always && service.HasOwnImageName)
                await PullOneAsync(service, token).ConfigureAwait(false);
            else if (!isThere)
                await FetchAsync(service, noBuild, token).ConfigureAwait(false);
        }, cancellationToken);

    public Task PullAsync(IReadOnlyList<ComposeService> services, CancellationToken cancellationToken)
        => EachImageAsync([.. services.Where(service => service.Build is null && service.ImagePolicy != ImagePolicy.Never)], PullOneAsync, cancellationToken);

    public Task BuildAsync(IReadOnlyList<ComposeService> services, CancellationToken cancellationToken)
        => EachImageAsync([.. services.Where(service => service.Build is not null)], BuildOneAsync, cancellationToken);

    /// <summary>A missing image: built where that can be, else pulled.</summary>
    private async Task FetchAsync(ComposeService service, bool noBuild, CancellationToken cancellationToken)
    {
        if (service.ImagePolicy == ImagePolicy.Never || (noBuild && !service.HasOwnImageName))
            throw new NotFoundException($"The image {service.Image} of the service {service.Name} is missing, and is neither pulled nor built as things are asked for: pull or build it first.");
        if (service.Build is not null && !noBuild)
            await BuildOneAsync(service, cancellationToken).ConfigureAwait(false);
        else
            await PullOneAsync(service, cancellationToken).ConfigureAwait(false);
    }

    private async Task PullOneAsync(ComposeService service, CancellationToken cancellationToken)
    {
        progress?.Report(new ComposeProgress(ComposeResource.Image, service.Image, ComposeAction.Pulling));
        await engine.Images.PullAsync(service.Image, new ImagePullOptions { Platform = service.Platform, Progress = pullProgress }, cancellationToken).ConfigureAwait(false);
        progress?.Report(new ComposeProgress(ComposeResource.Image, service.Image, ComposeAction.Pulled));
    }

    private async Task BuildOneAsync(ComposeService service, CancellationToken cancellationToken)
    {
        progress?.Report(new ComposeProgress(ComposeResource.Image, service.Image, ComposeAction.Building));
        await engine.Images.BuildAsync(service.Platform is null ? service.Build! : service.Build! with { Platform = service.Platform }, buildProgress, cancellationToken).ConfigureAwait(false);
        progress?.Report(new ComposeProgress(ComposeResource.Image, service.Image, ComposeAction.Built));
    }

    /// <summary>Services that share an image share the work; the one that builds it does it.</summary>
    private static Task EachImageAsync(IReadOnlyList<ComposeService> services, Func<ComposeService, CancellationToken, Task> work, CancellationToken cancellationToken)
        => Parallel.ForEachAsync(
            services.GroupBy(service => service.Image, StringComparer.Ordinal).Select(image => image.FirstOrDefault(service => service.Build is not null) ?? image.First()),
            new ParallelOptions { MaxDegreeOfParallelism = MaximumParallel, CancellationToken = cancellationToken },
            async (service, token) => await work(service, token).ConfigureAwait(false));
}
