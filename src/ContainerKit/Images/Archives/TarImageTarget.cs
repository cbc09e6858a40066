using System.Buffers;
using System.Text;
using ContainerKit.Oci;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Images.Archives;

/// <summary>A tar archive of saved images.</summary>
/// <param name="output">Where it goes; stays open.</param>
internal sealed class TarImageTarget(Stream output) : IImageTarget
{
    private const int BufferSize = 256 * 1024;
    private const uint FileMode = 0x1A4; // 0644
    private const uint DirectoryMode = 0x1ED; // 0755

    private readonly TarWriter _writer = new(output);
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ImageIndex? ReadIndex() => null;

    /// <inheritdoc/>
    public async Task WriteAsync(string name, Stream content, long size, CancellationToken cancellationToken)
    {
        for (int slash = name.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = name.IndexOf('/', slash + 1))
        {
            if (_directories.Add(name[..slash]))
            {
                await _writer.WriteEntryAsync(Entry(TarEntryType.Directory, name[..(slash + 1)], DirectoryMode, 0), cancellationToken).ConfigureAwait(false);
            }
        }
        await _writer.WriteEntryAsync(Entry(TarEntryType.RegularFile, name, FileMode, size), cancellationToken).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read and > 0)
            {
                await _writer.WriteDataAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Ends the archive.</summary>
    public ValueTask CompleteAsync(CancellationToken cancellationToken) => _writer.CompleteAsync(cancellationToken);

    private static TarEntry Entry(TarEntryType type, string name, uint mode, long size) => new()
    {
        Type = type,
        Name = Encoding.ASCII.GetBytes(name),
        LinkName = [],
        Mode = mode,
        UserId = 0,
        GroupId = 0,
        Size = size,
        ModifiedTime = default,
    };
}
