using System.Text;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Packing;

namespace ContainerKit.Builds.Contexts;

/// <summary>Finds what the sources of COPY mean in a tree. Links are followed inside of it; nothing outside can be named.</summary>
/// <param name="root">Stays owned by the caller.</param>
internal sealed class SourceTree(ITreeDirectory root)
{
    private const int MaxLinks = 40;
    private const int MaxSteps = 20_000;

    /// <summary>The root itself.</summary>
    public ITreeDirectory Root => root;

    /// <summary>What a path leads to, links followed; null for nothing.</summary>
    public SourceEntry? Find(string path)
    {
        var pending = new Stack<byte[]>();
        Push(pending, Encoding.UTF8.GetBytes(path));
        byte[] written = Encoding.UTF8.GetBytes(ContextPath.Components(path).LastOrDefault() ?? "");
        var opened = new List<(byte[] Name, ITreeDirectory Directory)>();
        try
        {
            FileStatus? file = null;
            byte[]? fileName = null;
            int links = 0;
            int steps = 0;
            while (pending.TryPop(out byte[]? component))
            {
                if (++steps > MaxSteps)
                {
                    return null;
                }
                if (component.AsSpan().SequenceEqual(".."u8))
                {
                    if (opened.Count > 0 && fileName is null)
                    {
                        opened[^1].Directory.Dispose();
                        opened.RemoveAt(opened.Count - 1);
                    }
                    continue;
                }
                if (fileName is not null)
                {
                    return null; // a file with something behind it
                }
                ITreeDirectory current = opened.Count > 0 ? opened[^1].Directory : root;
                if (component.Length > FileName.MaxLength || current.TryGetStatus(component) is not { } status)
                {
                    return null;
                }
                if (status.Type == FileType.SymbolicLink)
                {
                    if (++links > MaxLinks || current.TryReadLink(component) is not { } target)
                    {
                        return null;
                    }
                    if (target.AsSpan().StartsWith("/"u8))
                    {
                        opened.ForEach(each => each.Directory.Dispose());
                        opened.Clear();
                    }
                    Push(pending, target);
                }
                else if (status.Type == FileType.Directory)
                {
                    if (current.TryOpen(component) is not { } next)
                    {
                        return null;
                    }
                    opened.Add((component, next));
                }
                else
                {
                    file = status;
                    fileName = component;
                }
            }
            List<byte[]> canonical = [.. opened.Select(each => each.Name)];
            if (fileName is not null)
            {
                return new SourceEntry([.. canonical, fileName], written, file!.Value);
            }
            ITreeDirectory last = opened.Count > 0 ? opened[^1].Directory : root;
            return last.TryGetStatus([]) is { } own ? new SourceEntry(canonical, written, own) : null;
        }
        finally
        {
            opened.ForEach(each => each.Directory.Dispose());
        }
    }

    /// <summary>The paths that match a pattern with wildcards, in order of their bytes.</summary>
    /// <param name="components">Its components.</param>
    /// <param name="doubleStars">True: a component <c>**</c> stands for any number of directories.</param>
    /// <exception cref="FormatException">A component is malformed.</exception>
    public List<string> Glob(IReadOnlyList<string> components, bool doubleStars)
    {
        var found = new List<string>();
        Glob(root, "", components, 0, doubleStars, found, 0);
        found = [.. found.Distinct(StringComparer.Ordinal)];
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <summary>Opens the directory of an entry.</summary>
    /// <returns>The directory, owned by the caller unless it is the root; null when it is gone.</returns>
    public ITreeDirectory? OpenDirectory(IReadOnlyList<byte[]> path, int count)
    {
        ITreeDirectory current = root;
        for (int i = 0; i < count; i++)
        {
            ITreeDirectory? next = current.TryOpen(path[i]);
            if (!ReferenceEquals(current, root))
            {
                current.Dispose();
            }
            if (next is null)
            {
                return null;
            }
            current = next;
        }
        return current;
    }

    private void Glob(ITreeDirectory directory, string path, IReadOnlyList<string> components, int index, bool doubleStars, List<string> found, int depth)
    {
        const int maxDepth = 1000;
        if (depth > maxDepth)
        {
            return;
        }
        if (doubleStars && components[index] == "**")
        {
            if (index + 1 < components.Count)
            {
                Glob(directory, path, components, index + 1, doubleStars, found, depth + 1);
            }
            foreach (byte[] name in directory.EnumerateNames().ToList())
            {
                string full = Join(path, name);
                if (index + 1 == components.Count)
                {
                    found.Add(full);
                }
                if (directory.TryGetStatus(name) is { Type: FileType.Directory } && directory.TryOpen(name) is { } below)
                {
                    using (below)
                    {
                        Glob(below, full, components, index, doubleStars, found, depth + 1);
                    }
                }
            }
            return;
        }
        GlobPattern pattern = GlobPattern.Parse(components[index], doubleStars: false);
        foreach (byte[] name in directory.EnumerateNames().ToList())
        {
            if (!pattern.IsMatch(Encoding.UTF8.GetString(name)))
            {
                continue;
            }
            string full = Join(path, name);
            if (index + 1 == components.Count)
            {
                found.Add(full);
                continue;
            }
            // A link on the way is followed as any other is.
            if (Find(full) is { Status.Type: FileType.Directory } entry && OpenDirectory(entry.Path, entry.Path.Count) is { } below)
            {
                Glob(below, full, components, index + 1, doubleStars, found, depth + 1);
                if (!ReferenceEquals(below, root))
                {
                    below.Dispose();
                }
            }
        }
    }

    private static string Join(string path, byte[] name) => path.Length == 0 ? Encoding.UTF8.GetString(name) : $"{path}/{Encoding.UTF8.GetString(name)}";

    private static void Push(Stack<byte[]> pending, byte[] path)
    {
        for (int end = path.Length; end > 0;)
        {
            int start = path.AsSpan(0, end).LastIndexOf((byte)'/') + 1;
            ReadOnlySpan<byte> component = path.AsSpan(start, end - start);
            if (!component.IsEmpty && !component.SequenceEqual("."u8))
            {
                pending.Push(component.ToArray());
            }
            end = start - 1;
        }
    }
}
