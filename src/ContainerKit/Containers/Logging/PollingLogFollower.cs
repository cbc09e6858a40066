namespace ContainerKit.Containers;

/// <summary>Follows the log of a container that another process runs; there is nothing to be notified by.</summary>
internal sealed class PollingLogFollower(string path, Func<bool> isRunning, TimeSpan interval, TimeProvider time) : ILogFollower
{
    private (ulong, ulong)? _present;

    public List<LogFile> OpenAll()
    {
        _present = LogFiles.Identity(path);
        return LogFiles.OpenAllStable(path);
    }

    public async ValueTask<LogChange> WaitAsync(long known, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The state first: what was written before it changed is then in the file.
            bool running = isRunning();
            if (LogFiles.Identity(path) is { } present && present != _present)
                return LogChange.Rotated;
            if (_present is not null && new FileInfo(path) is { Exists: true } file && file.Length > known)
                return LogChange.Grown;
            if (!running)
                return LogChange.Ended;
            await Task.Delay(interval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public List<LogFile> OpenNewer()
    {
        (ulong, ulong)? last = _present;
        _present = LogFiles.Identity(path);

        // Where the last one went to tells how many came since. One that was compressed is another file: then only the present one is read.
        int index = 1;
        while (last is not null && index < LogFiles.MaximumCount && LogFiles.Identity(LogFiles.Name(path, index)) is { } older && older != last)
            index++;
        bool found = last is not null && LogFiles.Identity(LogFiles.Name(path, index)) == last;
        List<LogFile> files = [];
        for (int each = found ? index - 1 : 0; each >= 0; each--)
        {
            if (LogFiles.TryOpen(path, each) is LogFile file)
                files.Add(file);
        }

        return files;
    }
}
