using System.Buffers;
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
    private readonly PooledBuffer _encoded = new();
    private readonly LogLineAssembler _standardOutput = new(LogStream.StandardOutput);
    private readonly LogLineAssembler _standardError = new(LogStream.StandardError);
    private SafeFileHandle? _file;
    private long _length;
    private TaskCompletionSource? _changed;
    private bool _closed;

    /// <summary>
    /// A log at <paramref name="path"/>. The file is made or opened at the first output: many containers never write any.
    /// </summary>
    internal JsonFileLog(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
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

    /// <summary>Waits until there is more than <paramref name="known"/>; false when the log is closed and there never will be.</summary>
    internal async ValueTask<bool> WaitForMoreAsync(long known, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_sync)
            {
                if (_length > known)
                    return true;
                if (_closed)
                    return false;
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
            _file ??= Open();
            RandomAccess.Write(_file, _encoded.Span, _length);
            Interlocked.Add(ref _length, _encoded.Length);
        }
        finally
        {
            _encoded.Clear();
        }

        TaskCompletionSource? changed = _changed;
        _changed = null;
        changed?.TrySetResult();
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
