using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Images.Archives;

/// <summary>
/// A tar archive of images. It comes as a stream and its files in any order, so they are staged first: as numbered files, whatever they
/// are called, with links as a table.
/// </summary>
internal sealed class StagedArchive : IImageArchive
{
    private const int MaxEntries = 100_000;
    private const int MaxLinks = 10;

    private readonly StagingArea _staging;
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);

    private StagedArchive(StagingArea staging) => _staging = staging;

    /// <summary>Reads an archive, plain or compressed by gzip, to its end.</summary>
    /// <returns>The archive, owned by the caller; it does not need the stream any more.</returns>
    public static async Task<StagedArchive> ReadAsync(DataRoot root, Stream source, LayerLimits limits, CancellationToken cancellationToken)
    {
        var archive = new StagedArchive(StagingArea.Create(root, new SquashedOwnership()));
        try
        {
            Stream plain = (await LayerStream.OpenAsync(source, cancellationToken).ConfigureAwait(false)).Archive;
            await using ConfiguredAsyncDisposable _ = plain.ConfigureAwait(false);
            using var input = new TarInput(plain, onRead: length => RequireSize(length, limits));
            await archive.StageAsync(new TarReader(input), limits, cancellationToken).ConfigureAwait(false);
            return archive;
        }
        catch (InvalidDataException e)
        {
            archive.Dispose();
            throw new InvalidContentException($"The compressed archive is damaged. {e.Message}", e);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Stream? OpenRead(string name)
        => Find(name) is { } path ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0) : null;

    /// <inheritdoc/>
    public string? FindMovable(string name) => Find(name);

    /// <inheritdoc/>
    public void Dispose() => _staging.Dispose();

    private static void RequireSize(long length, LayerLimits limits)
    {
        if (length > limits.MaxArchiveSize)
        {
            throw new InvalidContentException($"The archive is larger than {limits.MaxArchiveSize} bytes.");
        }
    }

    private async ValueTask StageAsync(TarReader reader, LayerLimits limits, CancellationToken cancellationToken)
    {
        for (int count = 0; await reader.ReadAsync(cancellationToken).ConfigureAwait(false) is { } entry; count++)
        {
            if (count == MaxEntries)
            {
                throw new InvalidContentException($"The archive has more than {MaxEntries} entries. Is it a root file system? That is for import.");
            }
            string name = Normalize(entry.Name, limits);
            switch (entry.Type)
            {
                case TarEntryType.RegularFile:
                    if (entry.Extents is not null)
                    {
                        throw new InvalidContentException($"{name} in the archive is a sparse file.");
                    }
                    _links.Remove(name);
                    _files[name] = await WriteAsync(reader, count, cancellationToken).ConfigureAwait(false);
                    break;
                case TarEntryType.HardLink:
                    _links[name] = Normalize(entry.LinkName, limits);
                    break;
                case TarEntryType.SymbolicLink:
                    // docker save of old linked equal layers: <id>/layer.tar -> ../<other id>/layer.tar
                    _links[name] = Normalize([.. Encoding.UTF8.GetBytes(name), .. "/../"u8, .. entry.LinkName], limits);
                    break;
            }
        }
    }

    private async ValueTask<string> WriteAsync(TarReader reader, int number, CancellationToken cancellationToken)
    {
        string path = Path.Combine(_staging.Path, number.ToString(CultureInfo.InvariantCulture));
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        while (await reader.ReadDataAsync(cancellationToken).ConfigureAwait(false) is { } data)
        {
            RandomAccess.Write(file, data.Content.Span, data.Offset);
        }
        return path;
    }

    private string? Find(string name)
    {
        for (int links = 0; links < MaxLinks; links++)
        {
            if (_files.TryGetValue(name, out string? path))
            {
                return File.Exists(path) ? path : null;
            }
            if (!_links.TryGetValue(name, out string? target))
            {
                return null;
            }
            name = target;
        }
        return null;
    }

    private static string Normalize(byte[] name, LayerLimits limits)
    {
        List<byte[]> components = LayerPath.Split(name, limits);
        return FileName.Display(LayerPath.Join(components, components.Count));
    }
}
