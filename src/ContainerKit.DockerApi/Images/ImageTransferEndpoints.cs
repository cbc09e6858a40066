using ContainerKit.DockerApi.Hosting;
using ContainerKit.DockerApi.Routing;
using ContainerKit.DockerApi.Transfers;
using ContainerKit.Oci;

namespace ContainerKit.DockerApi.Images;

/// <summary>Exchange with registries, with progress.</summary>
internal sealed class ImageTransferEndpoints(DockerApiService service, ImageArchiveEndpoints archives)
{
    internal void Map(RouteTable routes)
    {
        routes.Post("/images/create", CreateAsync);
        routes.Post("/images/{name+}/push", PushAsync);
    }

    private Task CreateAsync(ApiRequest request)
        => request.Query.NonEmpty("fromImage") is string image ? PullAsync(request, image)
            : request.Query.NonEmpty("fromSrc") is string source ? archives.ImportAsync(request, source)
            : throw ApiException.BadRequest("Either fromImage, to pull, or fromSrc, to import, has to be given.");

    private async Task PullAsync(ApiRequest request, string image)
    {
        string name = ImageLookup.Join(image, request.Query.NonEmpty("tag"));
        Platform? platform = PlatformQuery.Read(request);
        RegistryCredential? credential = RegistryAuthentication.Read(request);
        request.Query.Accept("repo", "message", "changes");
        request.Query.Complete();
        ImageReference reference = ImageReference.Parse(name);

        // A name without tag and digest means all of its tags.
        bool all = reference.Digest is null && !HasTag(name);
        await ProgressStream.RunAsync(request, async stream =>
        {
            IReadOnlyList<string> tags = all ? await service.Engine.Images.ListRemoteTagsAsync(name, credential, request.Aborted).ConfigureAwait(false) : [];
            if (!all)
                await PullAsync(stream, reference, platform, credential, request.Aborted).ConfigureAwait(false);
            foreach (string tag in tags)
                await PullAsync(stream, reference.WithTag(tag), platform, credential, request.Aborted).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task PullAsync(ProgressStream stream, ImageReference reference, Platform? platform, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        Image? before = await service.Engine.Images.FindAsync(reference.ToString(), cancellationToken).ConfigureAwait(false);
        var report = new TransferReport(DescribePull);
        Image pulled;
        try
        {
            pulled = await report.RunAsync(
                stream,
                () => stream.WriteStatusAsync($"Pulling from {FamiliarRepository(reference)}", reference.Digest?.ToString() ?? reference.Tag ?? ""),
                token => service.Engine.Images.PullAsync(
                    reference.ToString(), new ImagePullOptions { Platform = platform, Credential = credential, Progress = report }, token),
                cancellationToken).ConfigureAwait(false);
        }
        catch (NotFoundException e)
        {
            throw ApiException.NotFound($"manifest for {reference.FamiliarString} not found: manifest unknown: {e.Message}", e);
        }

        Digest? digest = reference.Digest ?? pulled.RepositoryDigests.FirstOrDefault(known => known.Name == reference.Name)?.Digest;
        if (digest is { } found)
            await stream.WriteStatusAsync($"Digest: {found}").ConfigureAwait(false);
        await stream.WriteStatusAsync(before?.Id == pulled.Id
            ? $"Status: Image is up to date for {reference.FamiliarString}"
            : $"Status: Downloaded newer image for {reference.FamiliarString}").ConfigureAwait(false);
    }

    private async Task PushAsync(ApiRequest request)
    {
        string name = ImageLookup.Join(request.Route("name"), request.Query.NonEmpty("tag"));
        RegistryCredential? credential = RegistryAuthentication.Read(request);
        var reference = ImageReference.Parse(name);
        if (reference.Digest is not null)
            throw ApiException.BadRequest("cannot push a digest reference");
        ImageReference[] wanted = HasTag(name)
            ? [reference]
            : [.. (await service.Engine.Images.ListAsync(request.Aborted).ConfigureAwait(false)).SelectMany(image => image.References).Where(other => other.Name == reference.Name)];
        foreach (ImageReference each in wanted)
        {
            Image image = await service.Engine.Images.FindAsync(each.ToString(), request.Aborted).ConfigureAwait(false)
                ?? throw ApiException.NotFound($"An image does not exist locally with the tag: {each.FamiliarName}");
            PlatformQuery.Check(request, image, each.FamiliarString);
        }

        request.Query.Accept("platform");
        request.Query.Complete();
        if (wanted.Length == 0)
            throw ApiException.NotFound($"An image does not exist locally with the tag: {reference.FamiliarName}");
        await ProgressStream.RunAsync(request, async stream =>
        {
            await stream.WriteStatusAsync($"The push refers to repository [{reference.Name}]").ConfigureAwait(false);
            foreach (ImageReference each in wanted)
                await PushAsync(stream, each, credential, request.Aborted).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task PushAsync(ProgressStream stream, ImageReference reference, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        var report = new TransferReport(DescribePush);
        ImageReference pushed = await report.RunAsync(
            stream,
            () => Task.CompletedTask,
            token => service.Engine.Images.PushAsync(reference.ToString(), new ImagePushOptions { Credential = credential, Progress = report }, token),
            cancellationToken).ConfigureAwait(false);
        ImageInfo info = await service.Engine.Images.InspectAsync(reference.ToString(), cancellationToken).ConfigureAwait(false);
        string digest = pushed.Digest.ToString() ?? "";
        await stream.WriteStatusAsync($"{reference.Tag}: digest: {digest} size: {info.ManifestSize}").ConfigureAwait(false);
        await stream.WriteAsync(new ProgressLine
        {
            ProgressDetail = ProgressDetail.None,
            Aux = new ProgressResult { Tag = reference.Tag, Digest = digest, Size = info.ManifestSize },
        }).ConfigureAwait(false);
    }

    /// <summary>A colon behind the last slash: before it there may be that of a port.</summary>
    private static bool HasTag(string name) => name.LastIndexOf(':') > name.LastIndexOf('/');

    /// <summary>What the registry calls it: Docker's own images are in a repository that nobody writes.</summary>
    private static string FamiliarRepository(ImageReference reference) => reference.Registry == ImageReference.DefaultRegistry ? reference.Repository : reference.FamiliarName;

    internal static string DescribePull(ImageTransferStage stage) => stage switch
    {
        ImageTransferStage.Waiting => "Pulling fs layer",
        ImageTransferStage.Downloading => "Downloading",
        ImageTransferStage.Unpacking => "Extracting",
        ImageTransferStage.Existing => "Already exists",
        _ => "Pull complete",
    };

    private static string DescribePush(ImageTransferStage stage) => stage switch
    {
        ImageTransferStage.Waiting => "Preparing",
        ImageTransferStage.Uploading => "Pushing",
        ImageTransferStage.Existing => "Layer already exists",
        ImageTransferStage.Mounted => "Mounted from another repository",
        _ => "Pushed",
    };
}
