namespace ContainerKit.Storage.Tar;

/// <summary>
/// Reads the entries of an archive in order: V7, POSIX ustar and PAX, GNU (long names, base 256, sparse files old, 0.0, 0.1 and 1.0).
/// Names stay bytes. Malformed input throws <see cref="InvalidContentException"/>.
/// </summary>
/// <remarks>System.Formats.Tar decodes names as UTF-8, replacing what is not, and knows no sparse files; layers have both.</remarks>
/// <param name="input">The archive; stays owned by the caller.</param>
internal sealed class TarReader(TarInput input) : ITarContent
{
    /// <summary>Longest PAX header or GNU long name: more than all extended attributes of a file need.</summary>
    private const int MaxExtendedHeader = 1 << 20;

    private long _stored;
    private long _padding;
    private IReadOnlyList<TarExtent>? _extents;
    private int _extent;
    private long _position;

    /// <summary>The next entry, or null at the end of the archive. Skips what was not read of the entry before.</summary>
    public async ValueTask<TarEntry?> ReadAsync(CancellationToken cancellationToken)
    {
        await input.SkipAsync(_stored, cancellationToken).ConfigureAwait(false);
        await SkipPaddingAsync(cancellationToken).ConfigureAwait(false);

        PaxRecords? pax = null;
        byte[]? longName = null;
        byte[]? longLink = null;
        while (await ReadHeaderBlockAsync(cancellationToken).ConfigureAwait(false) is { } block)
        {
            new TarHeader(block).VerifyChecksum();
            switch (new TarHeader(block).TypeFlag)
            {
                case (byte)'x':
                    pax = PaxRecords.Parse(await ReadExtensionAsync(block, cancellationToken).ConfigureAwait(false));
                    break;
                case (byte)'g':
                    // Global records carry comments (git archive). As in Docker they change no entry.
                    await ReadExtensionAsync(block, cancellationToken).ConfigureAwait(false);
                    break;
                case (byte)'L':
                    longName = TrimNul(await ReadExtensionAsync(block, cancellationToken).ConfigureAwait(false));
                    break;
                case (byte)'K':
                    longLink = TrimNul(await ReadExtensionAsync(block, cancellationToken).ConfigureAwait(false));
                    break;
                default:
                    return await ReadEntryAsync(block, pax, longName, longLink, cancellationToken).ConfigureAwait(false);
            }
        }
        return pax is null && longName is null && longLink is null
            ? null
            : throw new InvalidContentException("The archive ends after an extended header without its entry.");
    }

    /// <summary>The next piece of the current entry's content, or null when there is no more. Holes of a sparse file are left out.</summary>
    public async ValueTask<TarData?> ReadDataAsync(CancellationToken cancellationToken)
    {
        if (_stored == 0)
        {
            return null;
        }
        long max = _stored;
        long offset = _position;
        if (_extents is not null)
        {
            while (_position == _extents[_extent].Length)
            {
                _extent++;
                _position = 0;
            }
            max = _extents[_extent].Length - _position;
            offset = _extents[_extent].Offset + _position;
        }
        ReadOnlyMemory<byte> content = await input.ReadSomeAsync(max, cancellationToken).ConfigureAwait(false);
        _position += content.Length;
        _stored -= content.Length;
        return new TarData(offset, content);
    }

    private async ValueTask<TarEntry> ReadEntryAsync(
        byte[] block, PaxRecords? pax, byte[]? longName, byte[]? longLink, CancellationToken cancellationToken)
    {
        byte[] name = pax?["GNU.sparse.name"] ?? pax?["path"] ?? longName ?? new TarHeader(block).GetName();
        byte[] link = pax?["linkpath"] ?? longLink ?? new TarHeader(block).LinkName.ToArray();
        if (name.AsSpan().Contains((byte)0) || link.AsSpan().Contains((byte)0))
        {
            throw TarNumber.Malformed("name");
        }
        TarEntryType type = TypeOf(block, name);
        long size = pax?["size"] is { } text ? TarNumber.ParseDecimal(text, "size") : new TarHeader(block).Size;
        if (size < 0)
        {
            throw TarNumber.Malformed("size");
        }
        // Other types have no content whatever their size field says; every implementation agrees on that.
        StartData(type == TarEntryType.RegularFile ? size : 0);
        (IReadOnlyList<TarExtent>? extents, long realSize) = type == TarEntryType.RegularFile
            ? await ReadSparseMapAsync(block, pax, cancellationToken).ConfigureAwait(false)
            : (null, 0);
        _extents = extents;
        return Build(new TarHeader(block), type, name, link, pax, extents, extents is null ? _stored : realSize);
    }

    private static TarEntry Build(
        TarHeader header, TarEntryType type, byte[] name, byte[] link, PaxRecords? pax, IReadOnlyList<TarExtent>? extents, long size)
    {
        bool device = type is TarEntryType.CharacterDevice or TarEntryType.BlockDevice;
        return new TarEntry
        {
            Type = type,
            Name = name,
            LinkName = link,
            Mode = (uint)header.Mode & 0xFFF,
            UserId = TarNumber.ToId(pax?["uid"] is { } uid ? TarNumber.ParseDecimal(uid, "user id") : header.UserId, "user id"),
            GroupId = TarNumber.ToId(pax?["gid"] is { } gid ? TarNumber.ParseDecimal(gid, "group id") : header.GroupId, "group id"),
            Size = size,
            ModifiedTime = pax?["mtime"] is { } time ? TarNumber.ParseTime(time, "time") : new TarTime(header.ModifiedSeconds, 0),
            DeviceMajor = device ? TarNumber.ToId(header.DeviceMajor, "device number") : 0,
            DeviceMinor = device ? TarNumber.ToId(header.DeviceMinor, "device number") : 0,
            Attributes = pax?.Attributes ?? [],
            Extents = extents,
        };
    }

    private static TarEntryType TypeOf(byte[] block, byte[] name)
    {
        byte flag = new TarHeader(block).TypeFlag;
        return flag switch
        {
            // V7 knows no directories: their names end in a slash.
            0 when name.AsSpan().EndsWith("/"u8) => TarEntryType.Directory,
            0 or (byte)'0' or (byte)'7' or (byte)'S' => TarEntryType.RegularFile,
            >= (byte)'1' and <= (byte)'6' => (TarEntryType)flag,
            _ => throw new InvalidContentException($"The archive has an entry of the unknown type 0x{flag:x2}."),
        };
    }

    private async ValueTask<(IReadOnlyList<TarExtent>? Extents, long RealSize)> ReadSparseMapAsync(
        byte[] block, PaxRecords? pax, CancellationToken cancellationToken)
    {
        List<TarExtent> extents;
        long realSize;
        if (new TarHeader(block).TypeFlag == (byte)'S')
        {
            extents = [];
            realSize = new TarHeader(block).SparseRealSize;
            SparseMap.AddOldGnu(extents, new TarHeader(block).SparseMap);
            for (bool more = new TarHeader(block).HasSparseExtension; more;)
            {
                ReadOnlyMemory<byte> extension = await input.ReadBlockAsync(cancellationToken).ConfigureAwait(false);
                if (extension.IsEmpty)
                {
                    throw TarNumber.Malformed("sparse map");
                }
                SparseMap.AddOldGnu(extents, extension.Span[..504]);
                more = extension.Span[504] != 0;
            }
        }
        else if ((pax?["GNU.sparse.realsize"] ?? pax?["GNU.sparse.size"]) is { } size)
        {
            realSize = TarNumber.ParseDecimal(size, "size");
            if (pax!["GNU.sparse.major"] is { } major && major.AsSpan().SequenceEqual("1"u8))
            {
                (extents, long consumed) = await SparseMap.ReadFromDataAsync(input, _stored, cancellationToken).ConfigureAwait(false);
                _stored -= consumed;
            }
            else
            {
                extents = [.. pax.Extents ?? []];
            }
        }
        else
        {
            return (null, 0);
        }
        SparseMap.Verify(extents, realSize, _stored);
        return (extents, realSize);
    }

    private void StartData(long stored)
    {
        _stored = stored;
        _padding = -stored & (TarInput.BlockSize - 1);
        _extents = null;
        _extent = 0;
        _position = 0;
    }

    private async ValueTask SkipPaddingAsync(CancellationToken cancellationToken)
    {
        // umoci insert writes archives that end with the last file's content; Docker reads them as well.
        await input.SkipUnlessAtEndAsync(_padding, cancellationToken).ConfigureAwait(false);
        _stored = _padding = 0;
    }

    private async ValueTask<byte[]> ReadExtensionAsync(byte[] block, CancellationToken cancellationToken)
    {
        long size = new TarHeader(block).Size;
        if (size is < 0 or > MaxExtendedHeader)
        {
            throw TarNumber.Malformed("extended header");
        }
        byte[] content = await input.ReadExactlyAsync((int)size, cancellationToken).ConfigureAwait(false);
        await input.SkipAsync(-size & (TarInput.BlockSize - 1), cancellationToken).ConfigureAwait(false);
        return content;
    }

    /// <summary>A block that is not all zero. Two zero blocks, one and the end of the stream, or just the latter end an archive.</summary>
    private async ValueTask<byte[]?> ReadHeaderBlockAsync(CancellationToken cancellationToken)
    {
        for (int zeroBlocks = 0; zeroBlocks < 2; zeroBlocks++)
        {
            ReadOnlyMemory<byte> block = await input.ReadBlockAsync(cancellationToken).ConfigureAwait(false);
            if (block.IsEmpty)
            {
                return null;
            }
            if (block.Span.ContainsAnyExcept((byte)0))
            {
                return zeroBlocks == 0 ? block.ToArray() : throw new InvalidContentException("The archive has a block of zeros between its entries.");
            }
        }
        return null;
    }

    private static byte[] TrimNul(byte[] name)
    {
        int end = Array.IndexOf(name, (byte)0);
        return end < 0 ? name : name[..end];
    }
}
