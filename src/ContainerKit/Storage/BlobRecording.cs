using ContainerKit.Oci;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Unpacking;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage;

/// <summary>Passes a stream on, and keeps what is read of it, to make that a blob: so that it need not be read again for it.</summary>
internal sealed class BlobRecording : ForwardReadStream
{
    private const string StagedName = "blob";

    private readonly DataRoot _root;
    private readonly Stream _source;
    private readonly StagingArea _staging;
    private readonly SafeFileHandle _file;
    private readonly DigestHasher? _hasher;

    /// <summary>Begins.</summary>
    /// <param name="root">The data root.</param>
    /// <param name="source">What is read; stays owned by the caller.</param>
    /// <param name="computesDigest">False: whoever reads knows the digest.</param>
    public BlobRecording(DataRoot root, Stream source, bool computesDigest)
    {
        _root = root;
        _source = source;
        _hasher = computesDigest ? new DigestHasher() : null;
        _staging = StagingArea.Create(root, new SquashedOwnership());
        _file = File.OpenHandle(StagedPath, FileMode.CreateNew, FileAccess.Write);
    }

    /// <summary>How many bytes there are.</summary>
    public long RecordedLength { get; private set; }

    /// <summary>The digest of what was read; null where it is not computed.</summary>
    public Digest? Digest => _hasher?.GetCurrentDigest();

    private string StagedPath => Path.Combine(_staging.Path, StagedName);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Record(buffer.AsSpan(offset, count)[.._source.Read(buffer, offset, count)]);

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await _source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return Record(buffer.Span[..read]);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Makes what was read a blob, which is on the disk then.</summary>
    /// <param name="digest">Its digest.</param>
    public void Publish(Digest digest)
    {
        RandomAccess.FlushToDisk(_file);
        Directory.CreateDirectory(_root.BlobDirectory(digest.Algorithm));
        AtomicFile.Publish(StagedPath, _root.BlobPath(digest), replace: true);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hasher?.Dispose();
            _file.Dispose();
            _staging.Dispose();
        }
        base.Dispose(disposing);
    }

    private int Record(ReadOnlySpan<byte> content)
    {
        RandomAccess.Write(_file, content, RecordedLength);
        _hasher?.Append(content);
        RecordedLength += content.Length;
        return content.Length;
    }
}
