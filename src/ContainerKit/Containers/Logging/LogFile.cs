using System.IO.Compression;

namespace ContainerKit.Containers;

/// <summary>One open file of a log, which stays readable when it is renamed or deleted.</summary>
internal sealed class LogFile(FileStream file, bool isCompressed) : IDisposable
{
    private const int BlockSize = 64 * 1024;

    private Stream? _text;

    /// <summary>How much was read, counted before compression.</summary>
    internal long Position { get; private set; }

    /// <summary>Reads on; 0 where nothing more is there now.</summary>
    internal int Read(Span<byte> buffer)
    {
        _text ??= isCompressed ? new GZipStream(file, CompressionMode.Decompress, leaveOpen: true) : file;
        int read = _text.Read(buffer);
        Position += read;
        return read;
    }

    /// <summary>Goes to where the last <paramref name="count"/> lines begin. Returns how many lines there are from there on.</summary>
    internal int SeekTail(int count)
    {
        if (isCompressed)
            return SkipAllBut(count);
        (long start, int lines) = FindTail(count);
        file.Position = start;
        Position = start;
        return lines;
    }

    /// <summary>Goes to a position of a file that is not compressed; one beyond its end is that of a file that was replaced: then to the beginning.</summary>
    internal void Seek(long position)
    {
        Position = position <= RandomAccess.GetLength(file.SafeFileHandle) ? position : 0;
        file.Position = Position;
    }

    public void Dispose()
    {
        if (isCompressed)
            _text?.Dispose();
        file.Dispose();
    }

    private int SkipAllBut(int count)
    {
        int total = 0;
        byte[] block = new byte[BlockSize];
        int read;
        while ((read = Read(block)) > 0)
            total += block.AsSpan(0, read).Count((byte)'\n');
        Rewind();
        int skip = Math.Max(0, total - count);
        Span<byte> one = stackalloc byte[1];
        while (skip > 0 && Read(one) == 1)
        {
            if (one[0] == (byte)'\n')
                skip--;
        }

        return Math.Min(total, count);
    }

    private void Rewind()
    {
        _text?.Dispose();
        _text = null;
        file.Position = 0;
        Position = 0;
    }

    private (long Start, int Lines) FindTail(int count)
    {
        long end = RandomAccess.GetLength(file.SafeFileHandle);
        if (count == 0)
            return (end, 0);
        byte[] block = new byte[BlockSize];
        long start = end;
        int feeds = 0;
        while (start > 0)
        {
            int size = (int)Math.Min(BlockSize, start);
            start -= size;
            int read = RandomAccess.Read(file.SafeFileHandle, block.AsSpan(0, size), start);
            for (int i = read - 1; i >= 0; i--)
            {
                // The line feed that ends the file belongs to the last line.
                if (block[i] == (byte)'\n' && start + i != end - 1 && ++feeds == count)
                    return (start + i + 1, count);
            }
        }

        return (0, end == 0 ? 0 : feeds + 1);
    }
}
