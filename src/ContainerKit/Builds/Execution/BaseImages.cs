using ContainerKit.Builds.Contexts;
using ContainerKit.Oci;

namespace ContainerKit.Builds.Execution;

/// <summary>Images that builds begin with or take files from.</summary>
internal static class BaseImages
{
    public static async Task<StageState> LoadAsync(BuildSession session, string reference, Platform? platform, CancellationToken cancellationToken)
    {
        string name = session.Spec.NamedContexts.TryGetValue(reference, out BuildContext? named) && named.Kind == BuildContextKind.Image ? named.Location : reference;
        Image image = await FindAsync(session, name, platform, cancellationToken).ConfigureAwait(false);
        if (image.ManifestDigest is { } manifest)
        {
            session.Materials[$"pkg:docker/{name}?platform={image.Configuration.Platform}"] = manifest.ToString();
        }
        IReadOnlyList<Descriptor> blobs = await session.Images.ReadLayerBlobsAsync(image, cancellationToken).ConfigureAwait(false);
        return new StageState
        {
            Layers = [.. image.Layers],
            Blobs = [.. blobs],
            Config = image.Configuration.Config,
            History = [.. image.Configuration.History],
            Author = image.Configuration.Author,
            Platform = image.Configuration.Platform,
            Created = image.Created,
            BaseImage = image.ManifestDigest is { } digest ? (name, digest) : null,
        };
    }

    private static async Task<Image> FindAsync(BuildSession session, string name, Platform? platform, CancellationToken cancellationToken)
    {
        Platform wanted = platform ?? session.Arguments.Target;
        bool isChosen = platform is not null || session.Spec.Platform is not null;
        if (!session.Spec.Pull && await session.Images.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } local
            && (!isChosen || wanted.CanRun(local.Configuration.Platform)))
        {
            return local;
        }
        var options = new ImagePullOptions
        {
            Platform = isChosen ? wanted : null,
            Policy = session.Spec.Pull ? PullPolicy.Newer : PullPolicy.Missing,
            Credential = ImageReference.TryParse(name, out ImageReference? reference) ? session.Spec.Credentials.GetValueOrDefault(reference.Registry) : null,
            Progress = new PullProgress(session, name),
        };
        return await session.Images.PullAsync(name, options, cancellationToken).ConfigureAwait(false);
    }

    private sealed class PullProgress(BuildSession session, string name) : IProgress<ImageTransferProgress>
    {
        public void Report(ImageTransferProgress value) => session.Report(new BuildPullEvent(name, value));
    }
}
