using Microsoft.Win32.SafeHandles;

namespace ContainerKit.RegistryServer.Mirroring;

/// <summary>A blob that is being fetched: written once, and read by all who have asked for it while it grows.</summary>
internal sealed class MirrorDownload(string path, long size) : IDisposable
{
    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    private readonly Lock _lock = new();
    private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _written;
    private Exception? _fault;
    private int _users = 1;

    internal string Path => path;

    internal long Size => size;

    internal SafeFileHandle Content => _file;

    /// <summary>One more reads it; false where all have gone already.</summary>
    internal bool TryJoin()
    {
        lock (_lock)
        {
            if (_users == 0)
                return false;
            _users++;
            return true;
        }
    }

    /// <summary>Writes what comes. The stream verifies size and digest.</summary>
    internal async Task WriteAsync(Stream content, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[128 * 1024];
        int count;
        while ((count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            RandomAccess.Write(_file, buffer.AsSpan(0, count), _written);
            Advance(count, null);
        }

        RandomAccess.FlushToDisk(_file);
    }

    /// <summary>It can't be gone on with: those who read it are told.</summary>
    internal void Fail(Exception fault) => Advance(0, fault);

    /// <summary>How much is there, once it is more than was known.</summary>
    internal async ValueTask<long> WaitAsync(long known, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task progress;
            lock (_lock)
            {
                if (_written > known)
                    return _written;
                if (_fault is { } fault)
                    throw new IOException("The blob could not be fetched to its end.", fault);
                progress = _progress.Task;
            }

            await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One less uses it; the last one closes the file.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (--_users > 0)
                return;
        }

        _file.Dispose();
    }

    private void Advance(int count, Exception? fault)
    {
        TaskCompletionSource progress;
        lock (_lock)
        {
            _written += count;
            _fault = fault;
            progress = _progress;
            _progress = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        progress.SetResult();
    }
}
