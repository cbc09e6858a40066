namespace ContainerKit.Containers;

/// <summary>Tells a reader of a log how it goes on.</summary>
internal interface ILogFollower
{
    /// <summary>The files that are there, oldest first; once, before anything else.</summary>
    List<LogFile> OpenAll();

    /// <summary>Waits until there is something after the first <paramref name="known"/> bytes of the newest file that was opened.</summary>
    ValueTask<LogChange> WaitAsync(long known, CancellationToken cancellationToken);

    /// <summary>After <see cref="LogChange.Rotated"/>: the files since, oldest first.</summary>
    List<LogFile> OpenNewer();
}
