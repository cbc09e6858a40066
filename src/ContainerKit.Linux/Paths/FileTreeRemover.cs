using System.Globalization;
using System.Text;

namespace ContainerKit.Linux.Paths;

/// <summary>
/// Removes hostile trees: by descriptor, never through a symbolic link or into another mount, of any depth, with any names, without recursion.
/// </summary>
/// <remarks>
/// A level costs one descriptor, so that depth is bounded: what lies deeper is moved up into the tree's root first, by rename(2), and removed
/// from there. Directories of the caller without permissions for the owner get them back.
/// </remarks>
public sealed class FileTreeRemover
{
    /// <summary>How many failures and directories a <see cref="FileTreeRemoval"/> lists; the removal goes on after that.</summary>
    public const int MaxReported = 1000;

    private const int MaxLevels = 64;
    private const uint OwnerPermissions = 0x1C0; // 0700

    private readonly Stack<Level> _levels = new();
    private readonly List<LinuxException> _failures = [];
    private readonly List<byte[]> _foreign = [];
    private readonly CancellationToken _cancellationToken;
    private int _moved;
    private bool _movedInThisPass;
    private bool _failedInThisPass;

    private FileTreeRemover(CancellationToken cancellationToken) => _cancellationToken = cancellationToken;

    /// <summary>Removes an entry and everything below it. Blocks for as long as that takes.</summary>
    /// <param name="parent">The directory of the entry.</param>
    /// <param name="name">Name of the entry, which need not exist.</param>
    /// <param name="cancellationToken">Stops between two entries; what was removed stays so.</param>
    /// <returns>Whether anything is left, and why.</returns>
    public static FileTreeRemoval Remove(RootedDirectory parent, ReadOnlySpan<byte> name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parent);
        var remover = new FileTreeRemover(cancellationToken);
        bool complete = remover.RemoveTree(parent, name.ToArray());
        return new FileTreeRemoval(complete, remover._failures, remover._foreign);
    }

    /// <summary>Removes a tree by its path on this machine. Links in the path to it are followed, not in its last component.</summary>
    /// <param name="path">Absolute path of the tree.</param>
    /// <param name="cancellationToken">Stops between two entries; what was removed stays so.</param>
    /// <returns>Whether anything is left, and why.</returns>
    public static FileTreeRemoval Remove(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } directory)
        {
            throw new ArgumentException("The root directory can't be removed.", nameof(path));
        }
        try
        {
            using RootedDirectory parent = RootedDirectory.Open(directory);
            return Remove(parent, Encoding.UTF8.GetBytes(Path.GetFileName(full)), cancellationToken);
        }
        catch (LinuxException e) when (e.Errno == Errno.ENOENT && e.Syscall == "open")
        {
            return new FileTreeRemoval(isComplete: true, [], []);
        }
    }

    private bool RemoveTree(RootedDirectory parent, byte[] name)
    {
        Errno error = parent.TryRemove(name, directory: false);
        if (error is Errno.None or Errno.ENOENT)
        {
            return true;
        }
        try
        {
            do
            {
                // What was moved up is found in the next pass; every move takes MaxLevels off a depth, so that the passes end.
                _movedInThisPass = _failedInThisPass = false;
                _failures.Clear();
                _foreign.Clear();
                if (!TryEnter(parent, name))
                {
                    return parent.TryGetStatus(name) is null;
                }
                RemoveContents();
            }
            while (_movedInThisPass);
        }
        finally
        {
            while (_levels.TryPop(out Level? level))
            {
                level.Dispose();
            }
        }
        error = parent.TryRemove(name, directory: true);
        if (error is not (Errno.None or Errno.ENOENT) && !_failedInThisPass)
        {
            Report("rmdir", error, name: default);
        }
        return error is Errno.None or Errno.ENOENT;
    }

    private void RemoveContents()
    {
        while (_levels.TryPeek(out Level? level))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (NextEntry(level) is { } name)
            {
                RemoveEntry(level, name);
                continue;
            }
            _levels.Pop();
            level.Dispose();
            if (_levels.TryPeek(out Level? above))
            {
                Errno error = above.Directory.TryRemove(level.Name, directory: true);
                // ENOTEMPTY says only what the failures inside have said already.
                if (error is not (Errno.None or Errno.ENOENT) && !(error == Errno.ENOTEMPTY && _failedInThisPass))
                {
                    Report("rmdir", error, level.Name);
                }
            }
        }
    }

    private byte[]? NextEntry(Level level)
    {
        try
        {
            return level.Next();
        }
        catch (LinuxException e)
        {
            Report(e.Syscall, e.Errno, name: default);
            return null;
        }
    }

    private void RemoveEntry(Level level, byte[] name)
    {
        Errno error = level.Directory.TryRemove(name, directory: false);
        if (error == Errno.EISDIR)
        {
            error = level.Directory.TryRemove(name, directory: true);
            if (error is Errno.ENOTEMPTY or Errno.EEXIST)
            {
                if (_levels.Count < MaxLevels || !MoveUp(level, name))
                {
                    TryEnter(level.Directory, name);
                }
                return;
            }
        }
        if (error is not (Errno.None or Errno.ENOENT))
        {
            Report("unlinkat", error, name);
        }
    }

    /// <summary>Opens a directory of the tree as the new top level; reports why where it can't.</summary>
    private bool TryEnter(RootedDirectory parent, byte[] name)
    {
        RootedDirectory? directory = null;
        try
        {
            directory = parent.OpenDirectory(name, PathResolution.NoSymbolicLinks | PathResolution.NoMountPoints);
            FileStatus status = directory.GetStatus(default);
            if ((status.Mode & OwnerPermissions) != OwnerPermissions)
            {
                MakeAccessible(directory, status);
            }
            _levels.Push(new Level(directory, name));
            return true;
        }
        catch (LinuxException e)
        {
            directory?.Dispose();
            Report(e.Syscall, e.Errno, name);
            return false;
        }
    }

    private static void MakeAccessible(RootedDirectory directory, FileStatus status)
    {
        try
        {
            directory.SetMode(default, status.Mode | OwnerPermissions);
        }
        catch (LinuxException e) when (e.Errno == Errno.EPERM)
        {
            // Not ours. Whether the contents can be removed all the same is seen entry by entry.
        }
    }

    private bool MoveUp(Level level, byte[] name)
    {
        RootedDirectory root = _levels.Last().Directory;
        byte[] newName = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $".removing-{Environment.ProcessId}-{_moved++}"));
        try
        {
            level.Directory.Rename(name, root, newName, replace: false);
            return _movedInThisPass = true;
        }
        catch (LinuxException)
        {
            // Then the hard way: one descriptor a level.
            return false;
        }
    }

    private void Report(string syscall, Errno error, ReadOnlySpan<byte> name)
    {
        _failedInThisPass = true;
        byte[] path = PathOf(name);
        if (_failures.Count < MaxReported)
        {
            _failures.Add(new LinuxException(syscall, error, FileName.Display(path)));
        }
        // An entry can't be unlinked because of the directory that holds it.
        if (error is Errno.EACCES or Errno.EPERM && _levels.TryPeek(out Level? level) && !level.IsReported && _foreign.Count < MaxReported)
        {
            level.IsReported = true;
            _foreign.Add(PathOf(default));
        }
    }

    private byte[] PathOf(ReadOnlySpan<byte> name)
    {
        // The outermost level is the tree itself: paths start below it.
        using var path = new MemoryStream();
        foreach (Level level in _levels.Reverse().Skip(1))
        {
            path.Write(level.Name);
            path.WriteByte((byte)'/');
        }
        path.Write(_levels.Count == 0 ? default : name);
        byte[] result = path.ToArray();
        return result.Length > 0 && result[^1] == '/' ? result[..^1] : result;
    }

    /// <summary>A directory that is being emptied.</summary>
    private sealed class Level(RootedDirectory directory, byte[] name) : IDisposable
    {
        private IEnumerator<byte[]>? _entries;

        public RootedDirectory Directory { get; } = directory;

        public byte[] Name { get; } = name;

        public bool IsReported { get; set; }

        public byte[]? Next()
        {
            _entries ??= Directory.EnumerateEntries().GetEnumerator();
            return _entries.MoveNext() ? _entries.Current : null;
        }

        public void Dispose()
        {
            _entries?.Dispose();
            Directory.Dispose();
        }
    }
}
