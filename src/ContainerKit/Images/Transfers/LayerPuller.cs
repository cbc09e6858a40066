using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using ContainerKit.Diagnostics;
using ContainerKit.Oci;
using ContainerKit.Storage;

namespace ContainerKit.Images.Transfers;

/// <summary>
/// Fetches layers, each in one pass: socket, digest of the compressed bytes, ingest file; beside it inflating, digest of the archive, files.
/// Between the two is a bounded buffer. Nothing becomes visible before both digests match.
/// </summary>
/// <param name="root">The data root.</param>
/// <param name="content">Where blobs go.</param>
/// <param name="layers">Where layers go.</param>
/// <param name="blobs">The registry.</param>
/// <param name="repository">Where the layers are.</param>
/// <param name="time">Paces waiting for other processes.</param>
/// <param name="progress">Is told what happens, or null.</param>
internal sealed class LayerPuller(
    DataRoot root, ContentStore content, LayerStore layers, RegistryBlobs blobs, ImageReference repository, TimeProvider time, IProgress<ImageTransferProgress>? progress)
{
    private const int ReadSize = 128 * 1024;
    private const long MaxBuffered = 1024 * 1024;
    private const long ReportStep = 512 * 1024;

    /// <summary>Makes a layer be here, as a blob and unpacked.</summary>
    /// <exception cref="RegistryException">It can't be had.</exception>
    /// <exception cref="DigestMismatchException">What the registry has is not what it should be.</exception>
    /// <exception cref="ContentMismatchException">The archive is not the one of the image's configuration.</exception>
    /// <exception cref="InvalidContentException">The archive is malformed, hostile, or beyond a limit.</exception>
    public async Task PullAsync(Descriptor blob, Digest diffId, CancellationToken cancellationToken)
    {
        if (content.Contains(blob.Digest) && layers.Contains(diffId))
        {
            Report(blob, ImageTransferStage.Existing, blob.Size);
            return;
        }
        Report(blob, ImageTransferStage.Waiting, 0);
        using BlobIngest ingest = await BlobIngest.OpenAsync(root, blob, time, cancellationToken).ConfigureAwait(false);
        if (content.Contains(blob.Digest))
        {
            // Another engine was faster, or has died between the two.
            await UnpackStoredAsync(blob, diffId, cancellationToken).ConfigureAwait(false);
            return;
        }
        bool resumes = ingest.Length > 0;
        try
        {
            await FetchAsync(blob, diffId, ingest, cancellationToken).ConfigureAwait(false);
        }
        catch (DigestMismatchException) when (resumes)
        {
            // What an earlier attempt has left was damaged, by a crash for instance.
            await FetchAsync(blob, diffId, ingest, cancellationToken).ConfigureAwait(false);
        }
        Report(blob, ImageTransferStage.Complete, blob.Size);
    }

    private async Task UnpackStoredAsync(Descriptor blob, Digest diffId, CancellationToken cancellationToken)
    {
        if (layers.Contains(diffId))
        {
            Report(blob, ImageTransferStage.Existing, blob.Size);
            return;
        }
        Report(blob, ImageTransferStage.Unpacking, blob.Size);
        using FileStream stored = content.OpenRead(blob.Digest);
        await layers.UnpackAsync(stored, diffId, Describe(blob), cancellationToken).ConfigureAwait(false);
        Report(blob, ImageTransferStage.Complete, blob.Size);
    }

    private async Task FetchAsync(Descriptor blob, Digest diffId, BlobIngest ingest, CancellationToken cancellationToken)
    {
        try
        {
            using FileStream? head = ingest.OpenHead();
            Stream source = await blobs.OpenReadAsync(repository, blob, head, cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable _ = source.ConfigureAwait(false);
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: MaxBuffered, resumeWriterThreshold: MaxBuffered / 2, minimumSegmentSize: ReadSize, useSynchronizationContext: false));
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task fetching = FillAsync(source, pipe.Writer, blob, ingest, stop.Token);
            try
            {
                await UnpackAsync(pipe.Reader, fetching, blob, diffId, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await pipe.Reader.CompleteAsync().ConfigureAwait(false);
                await fetching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
            ingest.Publish();
        }
        catch (Exception e) when (e is ContainerKitException or IOException and not RegistryException)
        {
            // Not what it should be, or nowhere to put it: no beginning that is worth the space.
            ingest.Discard();
            throw;
        }
    }

    /// <summary>The first half: reads the source to its end, where its digest and size are verified.</summary>
    private async Task FillAsync(Stream source, PipeWriter writer, Descriptor blob, BlobIngest ingest, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            long kept = ingest.Length;
            long reported = 0;
            Report(blob, ImageTransferStage.Downloading, kept);
            for (long position = 0; ;)
            {
                Memory<byte> buffer = writer.GetMemory(ReadSize);
                int read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return;
                }
                position += read;
                if (position > kept)
                {
                    int fresh = (int)Math.Min(read, position - kept);
                    ingest.Append(buffer.Span[(read - fresh)..read]);
                    Instruments.PulledBytes.Add(fresh);
                }
                writer.Advance(read);
                if (position - reported >= ReportStep || position == blob.Size)
                {
                    reported = position;
                    Report(blob, ImageTransferStage.Downloading, Math.Max(position, kept));
                }
                FlushResult flushed = await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
                if (flushed.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
        finally
        {
            await writer.CompleteAsync(failure).ConfigureAwait(false);
        }
    }

    /// <summary>The second half. What is wrong with the compressed bytes is the error, rather than what the unpacker makes of them.</summary>
    private async Task UnpackAsync(PipeReader reader, Task fetching, Descriptor blob, Digest diffId, CancellationToken cancellationToken)
    {
        async Task VerifyAsync()
        {
            await reader.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            await fetching.ConfigureAwait(false);
        }

        try
        {
            if (!layers.Contains(diffId))
            {
                Stream archive = reader.AsStream(leaveOpen: true);
                await layers.UnpackAsync(archive, diffId, Describe(blob), VerifyAsync, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is InvalidContentException or ContentMismatchException)
        {
            await VerifyAsync().ConfigureAwait(false);
            throw;
        }
        await VerifyAsync().ConfigureAwait(false);
    }

    private string Describe(Descriptor blob) => $"layer {blob.Digest} of {repository.FamiliarString}";

    private void Report(Descriptor blob, ImageTransferStage stage, long completed)
        => progress?.Report(new ImageTransferProgress(blob.Digest, stage, completed, blob.Size));
}
