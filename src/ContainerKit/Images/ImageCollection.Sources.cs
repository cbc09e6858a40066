using System.Text;
using ContainerKit.Images;
using ContainerKit.Images.Archives;
using ContainerKit.Linux;
using ContainerKit.Linux.Io;
using ContainerKit.Oci;
using ContainerKit.Storage;
using ContainerKit.Storage.Unpacking;

namespace ContainerKit;

/// <content>Where images come from.</content>
public sealed partial class ImageCollection
{
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>
    /// Takes a directory as an image, without copying it: containers see its files and write elsewhere. <c>/</c> is a copy-on-write view of
    /// this machine, without what is mounted further down. The image is not kept and has no name; the directory must not change meanwhile.
    /// </summary>
    /// <param name="path">The directory.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>An image with a PATH and the command /bin/sh.</returns>
    /// <exception cref="NotFoundException">There is no such directory.</exception>
    public Task<Image> FromDirectoryAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        cancellationToken.ThrowIfCancellationRequested();
        string directory = Path.GetFullPath(path);
        if (!Directory.Exists(directory))
        {
            throw new NotFoundException($"There is no directory {directory}.");
        }
        ImageConfiguration configuration = CreateConfiguration(
            new ExecutionConfiguration { Env = [DefaultPath], Cmd = ["/bin/sh"] }, Platform.Current, diffIds: []);
        return Task.FromResult(new Image(_layers, _root.EmptyLayer, Digest.Compute(Encoding.UTF8.GetBytes("directory:" + directory)))
        {
            Directory = directory,
            Configuration = configuration,
            References = [],
        });
    }

    /// <summary>Makes an image of a root file system in a tar file, plain or compressed by gzip, bzip2, xz or zstd.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Name and configuration.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing.</param>
    /// <exception cref="NotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidContentException">The archive is malformed or hostile, or the name breaks the grammar.</exception>
    /// <exception cref="ArgumentException">A change is no instruction that is allowed.</exception>
    public async Task<Image> ImportAsync(string path, ImageImportOptions? options = null, CancellationToken cancellationToken = default)
    {
        using FileStream file = OpenFile(path);
        return await ImportAsync(file, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes an image of a root file system in a tar archive, plain or compressed by gzip, bzip2, xz or zstd.</summary>
    /// <param name="archive">Read to its end; stays owned by the caller.</param>
    /// <param name="options">Name and configuration.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing.</param>
    /// <exception cref="InvalidContentException">The archive is malformed or hostile, or the name breaks the grammar.</exception>
    /// <exception cref="ArgumentException">A change is no instruction that is allowed.</exception>
    public async Task<Image> ImportAsync(Stream archive, ImageImportOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        options ??= new ImageImportOptions();
        ImageReference[] names = options.Reference is null ? [] : [ParseTag(options.Reference)];
        ConfigurationChange[] changes = [.. options.Changes.Select(ConfigurationChange.Parse)];
        string what = options.Reference ?? "import";
        Image imported = (await AddAsync(ImportCoreAsync, cancellationToken).ConfigureAwait(false))[0];
        Publish(EventAction.Import, imported);
        return imported;

        async Task<IReadOnlyList<LoadedImage>> ImportCoreAsync(CancellationToken token)
        {
            (PeekedStream source, LayerCodec codec) = await LayerStream.PeekAsync(archive, token).ConfigureAwait(false);
            (Digest blob, long size) = await PutLayerAsync(source, codec, what, token).ConfigureAwait(false);
            LayerInfo layer;
            using (FileStream stored = _content.OpenRead(blob))
            {
                layer = await _layers.UnpackAsync(stored, null, what, token).ConfigureAwait(false);
            }
            ImageConfiguration configuration = CreateConfiguration(
                ConfigurationChange.Apply(changes, options.Configuration ?? new ExecutionConfiguration { Env = [DefaultPath] }), options.Platform ?? Platform.Current, [layer.DiffId]) with
            {
                Created = _time.GetUtcNow(),
                History = [new HistoryEntry { Created = _time.GetUtcNow(), Comment = options.Comment ?? "imported" }],
            };
            string mediaType = codec switch
            {
                LayerCodec.Gzip => MediaTypes.OciLayerGzip,
                LayerCodec.Zstd => MediaTypes.OciLayerZstd,
                _ => MediaTypes.OciLayer,
            };
            Descriptor manifest = await DockerArchiveLoader.StoreManifestAsync(
                _content, configuration, configuration.ToUtf8Json(), [new Descriptor { MediaType = mediaType, Digest = blob, Size = size }], token).ConfigureAwait(false);
            return [new LoadedImage(manifest, names)];
        }
    }

    /// <summary>Stores an archive as it comes where images may have such layers, else decompressed.</summary>
    private async Task<(Digest Blob, long Size)> PutLayerAsync(Stream source, LayerCodec codec, string what, CancellationToken cancellationToken)
    {
        if (codec is LayerCodec.None or LayerCodec.Gzip or LayerCodec.Zstd)
        {
            return await _content.PutAsync(source, what, null, null, cancellationToken).ConfigureAwait(false);
        }
        Stream plain = LayerStream.Decompress(source, codec);
        await using (plain.ConfigureAwait(false))
        {
            try
            {
                return await _content.PutAsync(new LimitedStream(plain, _limits.MaxArchiveSize), what, null, null, cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidContentException($"{what}: the compressed data is damaged. {e.Message}", e);
            }
        }
    }

    /// <summary>Loads the images of an OCI layout (directory, or tar file) or of a file that <c>docker save</c> wrote, plain or compressed.</summary>
    /// <param name="path">The directory or file.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing.</param>
    /// <returns>The images, in the order of the archive, with the names that it gives them; there may be older ones.</returns>
    /// <exception cref="NotFoundException">There is no such directory or file.</exception>
    /// <exception cref="InvalidContentException">The content is malformed or hostile.</exception>
    /// <exception cref="ContentMismatchException">A part does not have the digest or size that it should have.</exception>
    /// <exception cref="UnsupportedException">No image for this platform, or a codec that is not supported.</exception>
    /// <exception cref="LinuxException">ENOSPC: the disk of the data root is full. Nothing is left.</exception>
    public async Task<IReadOnlyList<Image>> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
        {
            using FileStream file = OpenFile(path);
            return await LoadAsync(file, path, cancellationToken).ConfigureAwait(false);
        }
        using var archive = new DirectoryArchive(path);
        return await LoadAsync(new ImageLoader(archive, path, _content, _layers), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="LoadAsync(string, CancellationToken)"/>, for a tar archive that comes as a stream.</summary>
    /// <param name="archive">Read to its end; stays owned by the caller.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing.</param>
    /// <returns>The images, in the order of the archive, with the names that it gives them; there may be older ones.</returns>
    /// <exception cref="InvalidContentException">The content is malformed or hostile.</exception>
    /// <exception cref="ContentMismatchException">A part does not have the digest or size that it should have.</exception>
    /// <exception cref="UnsupportedException">No image for this platform, or a codec that is not supported.</exception>
    public Task<IReadOnlyList<Image>> LoadAsync(Stream archive, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        return LoadAsync(archive, "archive", cancellationToken);
    }

    private async Task<IReadOnlyList<Image>> LoadAsync(Stream source, string what, CancellationToken cancellationToken)
    {
        using StagedArchive archive = await StageAsync(source, cancellationToken).ConfigureAwait(false);
        return await LoadAsync(new ImageLoader(archive, what, _content, _layers), cancellationToken).ConfigureAwait(false);
    }

    private async Task<StagedArchive> StageAsync(Stream source, CancellationToken cancellationToken)
    {
        try
        {
            return await StagedArchive.ReadAsync(_root, source, _limits, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (IsFullDisk(e))
        {
            throw CreateFullDiskException(e);
        }
    }

    /// <summary>Such as .NET throws: they name the file that was being written, which is gone by now, and their error number has no name.</summary>
    private static bool IsFullDisk(IOException e) => e is not LinuxException && (Errno)e.HResult is Errno.ENOSPC or Errno.EDQUOT;

    private LinuxException CreateFullDiskException(IOException e) => new("write", (Errno)e.HResult, _root.Path);

    private async Task<IReadOnlyList<Image>> LoadAsync(ImageLoader loader, CancellationToken cancellationToken)
    {
        IReadOnlyList<LoadedImage> loaded = [];
        IReadOnlyList<Image> images = await AddAsync(LoadCoreAsync, cancellationToken).ConfigureAwait(false);
        foreach (Image image in images)
            Publish(EventAction.Load, image);
        return [.. images.Select((image, index) => image.WithNames([.. loaded[index].Names.Distinct().OrderBy(name => name.ToString(), StringComparer.Ordinal)], image.RepositoryDigests))];

        async Task<IReadOnlyList<LoadedImage>> LoadCoreAsync(CancellationToken token) => loaded = await loader.LoadAsync(token).ConfigureAwait(false);
    }

    /// <summary>Adds images: what they consist of is kept meanwhile, and freed again when it fails.</summary>
    private async Task<IReadOnlyList<Image>> AddAsync(
        Func<CancellationToken, Task<IReadOnlyList<LoadedImage>>> load, CancellationToken cancellationToken)
    {
        var images = new List<Image>();
        try
        {
            using FileLock held = await _sweeper.HoldForChangeAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<LoadedImage> loaded = await load(cancellationToken).ConfigureAwait(false);
            foreach (LoadedImage image in loaded)
            {
                await _catalog.AddAsync(image.Manifest, image.Names, cancellationToken).ConfigureAwait(false);
            }
            IReadOnlyList<Image> all = await _reader.ReadAllAsync(cancellationToken).ConfigureAwait(false);
            images.AddRange(loaded.Select(image => all.FirstOrDefault(other => other.ManifestDigest == image.Manifest.Digest)
                ?? throw new NotFoundException($"The image {image.Manifest.Digest} was removed while it was loaded.")));
        }
        catch (IOException e) when (IsFullDisk(e))
        {
            throw CreateFullDiskException(e);
        }
        finally
        {
            await _sweeper.SweepIfRequestedAsync(CancellationToken.None).ConfigureAwait(false);
        }
        return images;
    }

    private static ImageConfiguration CreateConfiguration(ExecutionConfiguration execution, Platform platform, IReadOnlyList<Digest> diffIds) => new()
    {
        Architecture = platform.Architecture,
        Variant = platform.Variant,
        Os = platform.Os,
        Config = execution,
        RootFs = new RootFileSystem { DiffIds = diffIds },
    };

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NotFoundException($"There is no file {path}.", e);
        }
    }
}
