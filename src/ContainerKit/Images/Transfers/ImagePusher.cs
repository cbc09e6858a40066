using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images.Transfers;

/// <summary>Sends images to registries, blobs first. What is there already, or in another repository there, is not sent.</summary>
/// <param name="content">Where the blobs are.</param>
/// <param name="client">The registries.</param>
internal sealed class ImagePusher(ContentStore content, RegistryClient client)
{
    private const long ReportStep = 512 * 1024;

    /// <summary>Sends an image.</summary>
    /// <param name="entry">Its manifest.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="known">Names of the image: repositories that may have its layers.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task PushAsync(
        Descriptor entry, ImageReference destination, IReadOnlyList<ImageReference> known, ImagePushOptions options, CancellationToken cancellationToken)
    {
        byte[] json = await content.ReadDocumentAsync(entry.Digest, cancellationToken).ConfigureAwait(false);
        ImageManifest manifest = ImageDocuments.ParseManifest(json, $"manifest {entry.Digest}");
        ImageReference? from = known.FirstOrDefault(name => name.Registry == destination.Registry && name.Repository != destination.Repository);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.MaxParallelLayers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            manifest.Layers.DistinctBy(layer => layer.Digest),
            parallel,
            async (layer, token) => await PushLayerAsync(destination, layer, from, options.Progress, token).ConfigureAwait(false)).ConfigureAwait(false);
        await UploadAsync(destination, manifest.Config, from, null, cancellationToken).ConfigureAwait(false);
        await client.Manifests.PutAsync(destination, entry.MediaType, json, cancellationToken).ConfigureAwait(false);
    }

    private async Task PushLayerAsync(
        ImageReference destination, Descriptor layer, ImageReference? from, IProgress<ImageTransferProgress>? progress, CancellationToken cancellationToken)
    {
        void Report(ImageTransferStage stage, long completed) => progress?.Report(new ImageTransferProgress(layer.Digest, stage, completed, layer.Size));

        Report(ImageTransferStage.Waiting, 0);
        var sent = new SteppedProgress(ReportStep, layer.Size, completed => Report(ImageTransferStage.Uploading, completed));
        BlobUploadOutcome outcome = await UploadAsync(destination, layer, from, sent, cancellationToken).ConfigureAwait(false);
        ImageTransferStage stage = outcome switch
        {
            BlobUploadOutcome.Existing => ImageTransferStage.Existing,
            BlobUploadOutcome.Mounted => ImageTransferStage.Mounted,
            _ => ImageTransferStage.Complete,
        };
        Report(stage, layer.Size);
    }

    private async Task<BlobUploadOutcome> UploadAsync(
        ImageReference destination, Descriptor blob, ImageReference? from, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        if (!content.Contains(blob.Digest))
        {
            // Windows base layers, and whatever else was never here: the registry has to have it.
            return await client.Blobs.HeadAsync(destination, blob.Digest, cancellationToken).ConfigureAwait(false) is not null
                ? BlobUploadOutcome.Existing
                : throw new NotFoundException($"The blob {blob.Digest} of the image is neither here nor at {destination.Registry}. Pull or load the image again.");
        }
        var options = new BlobUploadOptions { MountFrom = from, Progress = progress };
        return await client.Blobs.UploadAsync(destination, blob, _ => new(content.OpenRead(blob.Digest)), options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Passes on what is some steps apart.</summary>
    private sealed class SteppedProgress(long step, long total, Action<long> report) : IProgress<long>
    {
        private long _last;

        public void Report(long value)
        {
            if (value < _last || value - _last >= step || value == total)
            {
                _last = value;
                report(value);
            }
        }
    }
}
