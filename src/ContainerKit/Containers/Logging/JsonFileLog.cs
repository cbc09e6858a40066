using System.Buffers;
using ContainerKit.Containers.Logging;
using ContainerKit.Containers.Streams;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Containers;

/// <summary>
/// The log file of a running container. Whatever one read of a pipe gives is written in one go, whole lines only, so a reader that stays
/// below
/// <see cref="Length"/> never sees half a line.
/// </summary>
internal sealed class JsonFileLog : IDisposable
{
    private readonly Lock _sync = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly LogOptions _options;
    private readonly PooledBuffer _encoded = new();
    private readonly LogLineAssembler _standardOutput = new(LogStream.StandardOutput);
    private readonly LogLineAssembler _standardError = new(LogStream.StandardError);
    private SafeFileHandle? _file;
    private long _length;
    private long _number;
    private TaskCompletionSource? _changed;
    private bool _closed;

    /// <summary>
    /// A log at <paramref name="path"/>. The file is made or opened at the first output, or for the first follower: many containers have neither.
    /// </summary>
    internal JsonFileLog(string path, TimeProvider time, LogOptions? options = null)
    {
        _path = path;
        _time = time;
        _options = options ?? new LogOptions();
        var file = new FileInfo(path);
        _length = file.Exists ? file.Length : 0;
    }

    /// <summary>What is written and may be read.</summary>
    internal long Length => Interlocked.Read(ref _length);

    /// <summary>Writes the lines that <paramref name="data"/> completes.</summary>
    /// <exception cref="IOException">The file can't be written; these lines are lost, later ones may succeed.</exception>
    internal void Append(LogStream stream, in ReadOnlySequence<byte> data)
    {
        lock (_sync)
        {
            if (_closed)
                return;
            Span<byte> time = stackalloc byte[LogLineEncoder.MaximumTimestampLength];
            time = time[..LogLineEncoder.FormatTimestamp(_time.GetUtcNow(), time)];
            AssemblerOf(stream).Append(data, _encoded, time);
            WriteEncoded();
        }
    }

    /// <summary>Writes what came after a stream's last line feed.</summary>
    /// <exception cref="IOException">The file can't be written.</exception>
    internal void Complete(LogStream stream)
    {
        lock (_sync)
        {
            if (_closed)
                return;
            Span<byte> time = stackalloc byte[LogLineEncoder.MaximumTimestampLength];
            time = time[..LogLineEncoder.FormatTimestamp(_time.GetUtcNow(), time)];
            AssemblerOf(stream).Complete(_encoded, time);
            WriteEncoded();
        }
    }

    /// <summary>All files, oldest first.</summary>
    /// <param name="next">The number of the next file: the present one when it does not exist yet.</param>
    /// <param name="forFollower">
    /// True: the present one is made if there is none yet. Who has it open reads it to its end, also when the container ends and is removed at once.
    /// </param>
    internal List<LogFile> OpenAll(out long next, bool forFollower = false)
    {
        lock (_sync)
        {
            if (forFollower)
                OpenForFollower();
            next = File.Exists(_path) ? _number + 1 : _number;
            return LogFiles.OpenAll(_path);
        }
    }

    /// <summary>The files from number <paramref name="next"/> on, as far as they are kept, oldest first.</summary>
    internal List<LogFile> OpenNewer(ref long next)
    {
        lock (_sync)
        {
            List<LogFile> files = [];
            for (long index = Math.Min(_number - next, _options.MaximumFiles); index >= 0; index--)
            {
                if (LogFiles.TryOpen(_path, (int)index) is LogFile file)
                    files.Add(file);
            }

            next = File.Exists(_path) ? _number + 1 : _number;
            return files;
        }
    }

    /// <summary>Waits for a file with number <paramref name="next"/>, or for more than <paramref name="known"/> bytes in the one before it.</summary>
    internal async ValueTask<LogChange> WaitAsync(long next, long known, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_sync)
            {
                if (_number > next || (_number == next && _length > 0))
                    return LogChange.Rotated;
                if (_number < next && _length > known)
                    return LogChange.Grown;
                if (_closed)
                    return LogChange.Ended;
                _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the file; followers read to its end and stop.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            if (_closed)
                return;
            _closed = true;
            _encoded.Clear();
            _file?.Dispose();
            _changed?.TrySetResult();
        }
    }

    private LogLineAssembler AssemblerOf(LogStream stream) => stream == LogStream.StandardOutput ? _standardOutput : _standardError;

    private void WriteEncoded()
    {
        if (_encoded.Length == 0)
            return;
        try
        {
            for (ReadOnlySpan<byte> lines = _encoded.Span; lines.Length > 0;)
            {
                if (_length >= _options.MaximumSize?.Bytes)
                    Rotate();
                _file ??= Open();
                int length = LengthForThisFile(lines);
                RandomAccess.Write(_file, lines[..length], _length);
                Interlocked.Add(ref _length, length);
                lines = lines[length..];
            }
        }
        finally
        {
            _encoded.Clear();
        }

        TaskCompletionSource? changed = _changed;
        _changed = null;
        changed?.TrySetResult();
    }

    /// <summary>What came at once may be more than a file holds: it takes whole lines up to the one with which it is full.</summary>
    private int LengthForThisFile(ReadOnlySpan<byte> lines)
    {
        if (_options.MaximumSize?.Bytes is not { } maximum || maximum - _length >= lines.Length)
            return lines.Length;
        int full = (int)Math.Max(0, maximum - _length - 1);
        int end = lines[full..].IndexOf((byte)'\n');
        return end < 0 ? lines.Length : full + end + 1;
    }

    /// <summary>
    /// Followers have the full file open and read it to its end. Compression happens here, so output waits for it: a container can't write faster
    /// than it is compressed, and at most one file is plain and full.
    /// </summary>
    private void Rotate()
    {
        _file?.Dispose();
        _file = null;
        if (_options.MaximumFiles == 1)
            File.Delete(_path);
        else
            LogFiles.Rotate(_path, _options.MaximumFiles, _options.Compress);
        _number++;
        Interlocked.Exchange(ref _length, 0);
    }

    private void OpenForFollower()
    {
        if (_closed || _file is not null)
            return;
        try
        {
            _file = Open();
        }
        catch (IOException)
        {
            // A full disk, perhaps. With the first output there is another try, and somebody who is told of a failure.
        }
    }

    private SafeFileHandle Open()
    {
        SafeFileHandle file = File.OpenHandle(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            long length = RandomAccess.GetLength(file);
            Span<byte> last = stackalloc byte[1];

            // An engine that died while it wrote may have left half a line; ending it keeps it apart from the next one.
            if (length > 0 && RandomAccess.Read(file, last, length - 1) == 1 && last[0] != (byte)'\n')
                RandomAccess.Write(file, "\n"u8, length++);
            Interlocked.Exchange(ref _length, length);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
