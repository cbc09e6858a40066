using System.Buffers;
using System.IO.Pipelines;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Health;
using ContainerKit.RegistryServer.Routing;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.RegistryServer.Uploads;

/// <summary>An upload that one request works on: the file is locked meanwhile, for this process and all others.</summary>
internal sealed class UploadSession(UploadStore store, string id, string repository, string path, SafeFileHandle file) : IDisposable
{
    private const int RereadSize = 256 * 1024;

    private readonly List<ReadOnlyMemory<byte>> _segments = [];
    private DigestHasher? _hasher;
    private bool _isGone;

    internal string Id => id;

    internal string Repository => repository;

    internal string Path => path;

    /// <summary>How many bytes have come.</summary>
    internal long Length { get; private set; } = RandomAccess.GetLength(file);

    /// <summary>Adds a body, hashing it as it comes.</summary>
    /// <param name="body">The body.</param>
    /// <param name="most">How long the upload may get.</param>
    /// <param name="tooLong">What is wrong when it gets longer.</param>
    /// <param name="metrics">Counts the bytes.</param>
    /// <param name="cancellationToken">Stops. What has come stays.</param>
    internal async Task AppendAsync(PipeReader body, long most, Func<RegistryFault> tooLong, RegistryMetrics metrics, CancellationToken cancellationToken)
    {
        DigestHasher hasher = HasherOf(Digest.Sha256);
        while (true)
        {
            ReadResult read = await body.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> content = read.Buffer;
            if (content.Length > most - Length)
            {
                body.AdvanceTo(content.End);
                throw tooLong();
            }

            Write(content, hasher);
            metrics.BytesReceived.Add(content.Length);
            body.AdvanceTo(content.End);
            if (read.IsCompleted)
                return;
        }
    }

    /// <summary>Forgets what has come after a length.</summary>
    internal void Truncate(long length)
    {
        RandomAccess.SetLength(file, length);
        Length = length;
        _hasher?.Dispose();
        _hasher = null;
    }

    /// <summary>The digest of everything that has come.</summary>
    internal Digest ComputeDigest(string algorithm) => HasherOf(algorithm).GetCurrentDigest();

    /// <summary>Makes sure that everything is on the disk.</summary>
    internal void Settle() => RandomAccess.FlushToDisk(file);

    /// <summary>The file was removed, or is content now.</summary>
    internal void Leave() => _isGone = true;

    /// <summary>Ends the work of this request; the next one goes on with the hash, where this process serves it.</summary>
    public void Dispose()
    {
        if (_hasher is { } hasher && !(hasher.Length == Length && !_isGone && store.Keep(id, hasher)))
            hasher.Dispose();
        file.Dispose();
    }

    // The segments are hashed and written where the connection has put them: nothing is copied.
    private void Write(ReadOnlySequence<byte> content, DigestHasher hasher)
    {
        if (content.IsEmpty)
            return;
        if (content.IsSingleSegment)
        {
            hasher.Append(content.FirstSpan);
            RandomAccess.Write(file, content.FirstSpan, Length);
        }
        else
        {
            foreach (ReadOnlyMemory<byte> segment in content)
            {
                hasher.Append(segment.Span);
                _segments.Add(segment);
            }

            RandomAccess.Write(file, _segments, Length);
            _segments.Clear();
        }

        Length += content.Length;
    }

    /// <summary>The hash of what has come: that of the last request, or made anew from the file after a restart, in another process, or by another algorithm.</summary>
    private DigestHasher HasherOf(string algorithm)
    {
        if (_hasher is null && store.Take(id) is { } kept)
            _hasher = kept;
        if (_hasher is { } hasher && hasher.Algorithm == algorithm && hasher.Length == Length)
            return hasher;
        _hasher?.Dispose();
        _hasher = new DigestHasher(algorithm);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(RereadSize);
        try
        {
            int count;
            while (_hasher.Length < Length && (count = RandomAccess.Read(file, buffer, _hasher.Length)) > 0)
                _hasher.Append(buffer.AsSpan(0, (int)Math.Min(count, Length - _hasher.Length)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return _hasher;
    }
}
