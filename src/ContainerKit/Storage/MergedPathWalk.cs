using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage;

/// <summary>One resolution of a path through merged directories, component by component, path_resolution(7).</summary>
/// <param name="openRoot">Opens the root.</param>
/// <param name="maxLinks">How many links are followed.</param>
internal sealed class MergedPathWalk(Func<MergedDirectory> openRoot, int maxLinks) : IDisposable
{
    /// <summary>Lookups of one walk. Links full of <c>a/../</c> would otherwise keep us busy for minutes; real paths need a few dozen.</summary>
    private const int MaxSteps = 20_000;

    private readonly Stack<byte[]> _pending = new();
    private MergedDirectory? _directory;
    private MergedEntry? _last;
    private int _links;
    private int _steps;

    /// <summary>The components of the path so far, links resolved.</summary>
    public List<byte[]> Components { get; } = [];

    /// <summary>How many of the last <see cref="Components"/> do not exist.</summary>
    public int MissingCount { get; private set; }

    /// <summary>True when a component before the last is not a directory.</summary>
    public bool IsBlocked { get; private set; }

    /// <summary>What the path leads to; null for nothing.</summary>
    public FileStatus? Status { get; private set; }

    /// <summary>The layer that holds it.</summary>
    public int Layer { get; private set; }

    public void Run(byte[] path, bool followLast)
    {
        Push(path);
        EnterRoot();
        while (!IsBlocked && _pending.TryPop(out byte[]? component))
        {
            if (component.AsSpan().SequenceEqual(".."u8))
            {
                LeaveDirectory();
            }
            else if (MissingCount > 0)
            {
                Components.Add(component);
                MissingCount++;
            }
            else if (_last is not null)
            {
                // A file with something behind it.
                IsBlocked = true;
            }
            else
            {
                Step(component, followLast);
            }
        }
    }

    /// <summary>Opens what the path leads to; null when it is not a regular file.</summary>
    public SafeFileHandle? OpenFile()
        => _last is { Status.Type: FileType.Regular } entry ? _directory!.OpenFile(Components[^1], entry) : null;

    /// <inheritdoc/>
    public void Dispose() => _directory?.Dispose();

    private void Step(byte[] component, bool followLast)
    {
        if (++_steps > MaxSteps)
        {
            throw new LinuxException("resolve", Errno.ELOOP, FileName.Display(component));
        }
        MergedEntry? found = _directory!.Find(component);
        if (found is not { } entry)
        {
            Components.Add(component);
            MissingCount = 1;
            Status = null;
        }
        else if (entry.Status.Type == FileType.SymbolicLink && (followLast || _pending.Count > 0))
        {
            Follow(component, entry);
        }
        else
        {
            Components.Add(component);
            Status = entry.Status;
            Layer = entry.Layer;
            if (entry.Status.Type == FileType.Directory)
            {
                Enter(_directory.Open(component, entry));
            }
            else
            {
                _last = entry;
            }
        }
    }

    private void Follow(byte[] name, MergedEntry entry)
    {
        if (++_links > maxLinks)
        {
            throw new LinuxException("resolve", Errno.ELOOP, FileName.Display(name));
        }
        byte[] target = _directory!.ReadLink(name, entry);
        if (target.AsSpan().StartsWith("/"u8))
        {
            Components.Clear();
            EnterRoot();
        }
        Push(target);
    }

    /// <summary>
    /// For <c>..</c> the parent is walked to again from the root: keeping every directory on the way open would let a path hold as many
    /// descriptors as it has components, times layers.
    /// </summary>
    private void LeaveDirectory()
    {
        if (_last is not null)
        {
            IsBlocked = true;
            return;
        }
        if (Components.Count > 0)
        {
            Components.RemoveAt(Components.Count - 1);
        }
        if (MissingCount > 1)
        {
            MissingCount--;
            return;
        }
        MissingCount = 0;
        byte[][] parents = [.. Components];
        Components.Clear();
        EnterRoot();
        foreach (byte[] parent in parents)
        {
            if (_directory!.Find(parent) is not { Status.Type: FileType.Directory })
            {
                // It was there a moment ago: a container changes its root while we read.
                throw new LinuxException("resolve", Errno.ESTALE, FileName.Display(parent));
            }
            Step(parent, followLast: false);
        }
    }

    private void EnterRoot()
    {
        Enter(openRoot());
        MergedEntry root = _directory!.Self();
        Status = root.Status;
        Layer = root.Layer;
    }

    private void Enter(MergedDirectory directory)
    {
        _directory?.Dispose();
        _directory = directory;
    }

    private void Push(byte[] path)
    {
        for (int end = path.Length; end > 0;)
        {
            int start = path.AsSpan(0, end).LastIndexOf((byte)'/') + 1;
            ReadOnlySpan<byte> component = path.AsSpan(start, end - start);
            if (!component.IsEmpty && !component.SequenceEqual("."u8))
            {
                _pending.Push(component.ToArray());
            }
            end = start - 1;
        }
    }
}
