using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Builds.Cache;

/// <summary>
/// The digests of files, remembered by device, inode, size, time of modification and time of change. The last one nobody can set, so that a
/// file with the old size and the old date but another content is found. A file that changed a moment ago is not remembered: it may change
/// again within the clock's tick.
/// </summary>
internal sealed class FileHashes(DataRoot root, string path, TimeProvider time)
{
    private const int RecordSize = 8 + 8 + 8 + 8 + 4 + 8 + 4 + HashSize;
    private const int HashSize = 32;
    private const int MaxRecords = 1_000_000;
    private const int BufferSize = 128 * 1024;

    /// <summary>Far more than the tick of any file system's clock.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private static readonly byte[] Header = "ckhash01"u8.ToArray();

    private readonly Lock _loading = new();
    private ConcurrentDictionary<(ulong Device, ulong Inode), Entry>? _known;
    private int _changes;

    /// <summary>How many files were read, for tests.</summary>
    public long FilesRead { get; private set; }

    private ConcurrentDictionary<(ulong Device, ulong Inode), Entry> Known
    {
        get
        {
            lock (_loading)
            {
                return _known ??= Load();
            }
        }
    }

    /// <summary>The digest of a file's content.</summary>
    /// <param name="file">Open for reading; stays owned by the caller.</param>
    /// <param name="status">Its attributes, taken after it was opened.</param>
    public byte[] Get(SafeFileHandle file, FileStatus status) => TryGet(status) ?? Read(file, status);

    /// <summary>The digest where it is known without reading; null otherwise.</summary>
    public byte[]? TryGet(FileStatus status)
        => Known.TryGetValue((status.Device, status.Inode), out Entry? entry) && entry.Matches(status) ? entry.Hash : null;

    /// <summary>Keeps what is known for other processes and later.</summary>
    public void Save()
    {
        if (Interlocked.Exchange(ref _changes, 0) == 0 || _known is not { } known)
        {
            return;
        }
        KeyValuePair<(ulong Device, ulong Inode), Entry>[] all = [.. known];
        int count = Math.Min(all.Length, MaxRecords);
        byte[] bytes = new byte[Header.Length + (count * RecordSize)];
        Header.CopyTo(bytes, 0);
        for (int i = 0; i < count; i++)
        {
            all[i].Value.WriteTo(bytes.AsSpan(Header.Length + (i * RecordSize), RecordSize), all[i].Key);
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(root, path, bytes, flush: false);
    }

    private byte[] Read(SafeFileHandle file, FileStatus status)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferSize, status.Size + 1));
        long offset = 0;
        try
        {
            while (RandomAccess.Read(file, buffer, offset) is var read and > 0)
            {
                hash.AppendData(buffer, 0, read);
                offset += read;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
        FilesRead++;
        byte[] result = hash.GetHashAndReset();
        FileStatus after = RootedDirectory.GetStatus(file);
        if (offset == status.Size && new Entry(status, result).Matches(after) && IsSettled(after))
        {
            Known[(after.Device, after.Inode)] = new Entry(after, result);
            Interlocked.Increment(ref _changes);
        }
        return result;
    }

    private bool IsSettled(FileStatus status)
    {
        long limit = (time.GetUtcNow() - Settling).ToUnixTimeSeconds();
        return status.ChangedSeconds < limit && status.ModifiedSeconds < limit;
    }

    private ConcurrentDictionary<(ulong Device, ulong Inode), Entry> Load()
    {
        var known = new ConcurrentDictionary<(ulong Device, ulong Inode), Entry>();
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return known;
        }
        if (!bytes.AsSpan().StartsWith(Header))
        {
            return known;
        }
        for (int at = Header.Length; at + RecordSize <= bytes.Length; at += RecordSize)
        {
            ((ulong Device, ulong Inode) key, Entry entry) = Entry.ReadFrom(bytes.AsSpan(at, RecordSize));
            known[key] = entry;
        }
        return known;
    }

    private sealed record Entry(long Size, long ModifiedSeconds, uint ModifiedNanoseconds, long ChangedSeconds, uint ChangedNanoseconds, byte[] Hash)
    {
        public Entry(FileStatus status, byte[] hash)
            : this(status.Size, status.ModifiedSeconds, status.ModifiedNanoseconds, status.ChangedSeconds, status.ChangedNanoseconds, hash)
        {
        }

        public bool Matches(FileStatus status)
            => Size == status.Size && ModifiedSeconds == status.ModifiedSeconds && ModifiedNanoseconds == status.ModifiedNanoseconds
                && ChangedSeconds == status.ChangedSeconds && ChangedNanoseconds == status.ChangedNanoseconds;

        public void WriteTo(Span<byte> to, (ulong Device, ulong Inode) key)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(to, key.Device);
            BinaryPrimitives.WriteUInt64LittleEndian(to[8..], key.Inode);
            BinaryPrimitives.WriteInt64LittleEndian(to[16..], Size);
            BinaryPrimitives.WriteInt64LittleEndian(to[24..], ModifiedSeconds);
            BinaryPrimitives.WriteUInt32LittleEndian(to[32..], ModifiedNanoseconds);
            BinaryPrimitives.WriteInt64LittleEndian(to[36..], ChangedSeconds);
            BinaryPrimitives.WriteUInt32LittleEndian(to[44..], ChangedNanoseconds);
            Hash.CopyTo(to[48..]);
        }

        public static ((ulong Device, ulong Inode) Key, Entry Entry) ReadFrom(ReadOnlySpan<byte> from)
            => ((BinaryPrimitives.ReadUInt64LittleEndian(from), BinaryPrimitives.ReadUInt64LittleEndian(from[8..])),
                new Entry(
                    BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
                    BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(from[32..]),
                    BinaryPrimitives.ReadInt64LittleEndian(from[36..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(from[44..]),
                    from.Slice(48, HashSize).ToArray()));
    }
}
