using System.Collections.Immutable;
using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Storage;

/// <summary>
/// Reads a container's root file system without mounting it: layer directories merged as overlayfs does, links resolved inside, also
/// while a container changes the topmost layer. Nothing outside of the directories is ever opened, and of files only regular ones.
/// </summary>
/// <remarks>
/// Paths are UTF-8. A component that is a whiteout or below an opaque directory is missing. A mount inside a layer directory is not part
/// of it. Directories that this user can't search throw <see cref="LinuxException"/> (EACCES). An instance may be used by several threads.
/// </remarks>
internal sealed class MergedView : IDisposable
{
    /// <summary>The kernel's limit, path_resolution(7).</summary>
    private const int MaxLinks = 40;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ImmutableArray<string> _hostPaths;
    private readonly List<RootedDirectory> _layers = [];
    private readonly OverlayAttributes _attributes;

    /// <summary>Opens the layers' directories.</summary>
    /// <param name="directories">Absolute host paths, topmost first; at least one.</param>
    /// <param name="attributes">The attributes that the overlay is mounted with; null for those of this user.</param>
    public MergedView(IEnumerable<string> directories, OverlayAttributes? attributes = null)
    {
        _hostPaths = [.. directories];
        ArgumentOutOfRangeException.ThrowIfZero(_hostPaths.Length, nameof(directories));
        _attributes = attributes ?? OverlayAttributeNames.Default;
        try
        {
            foreach (string path in _hostPaths)
            {
                _layers.Add(RootedDirectory.Open(path));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Finds a file or directory.</summary>
    /// <param name="path">Path inside; <c>/</c> is the root of the container.</param>
    /// <param name="followLast">False: a link in the last component is the result itself.</param>
    /// <returns>What is there, or null for nothing (also when a component on the way is no directory).</returns>
    /// <exception cref="LinuxException">ELOOP: more than 40 links. EACCES: a directory on the way can't be searched.</exception>
    public MergedFile? Find(string path, bool followLast = true)
    {
        using MergedPathWalk walk = Walk(path, followLast);
        if (walk is { IsBlocked: true } or { Status: null })
        {
            return null;
        }
        string inside = ToText(walk.Components, walk.Components.Count);
        return new MergedFile(inside, walk.Layer, HostPath(walk.Layer, inside), walk.Status.Value);
    }

    /// <summary>Opens a regular file for reading.</summary>
    /// <param name="path">Path inside.</param>
    /// <returns>The file, owned by the caller; null when it is missing or not a regular file.</returns>
    public SafeFileHandle? OpenRead(string path)
    {
        using MergedPathWalk walk = Walk(path, followLast: true);
        return walk.IsBlocked ? null : walk.OpenFile();
    }

    /// <summary>Reads a text file such as /etc/passwd.</summary>
    /// <param name="path">Path inside.</param>
    /// <param name="maxBytes">More is an error: what is read comes from an image.</param>
    /// <returns>The text (bytes that are not UTF-8 are replaced); null when the file is missing or not a regular file.</returns>
    /// <exception cref="InvalidContentException">The file is larger than <paramref name="maxBytes"/>.</exception>
    public string? ReadAllText(string path, int maxBytes = 1 << 20)
    {
        using SafeFileHandle? file = OpenRead(path);
        if (file is null)
        {
            return null;
        }
        // The size is not trusted: the file may grow while it is read.
        byte[] buffer = new byte[4096];
        int length = 0;
        while (RandomAccess.Read(file, buffer.AsSpan(length), length) is var read and > 0)
        {
            length += read;
            if (length > maxBytes)
            {
                throw new InvalidContentException($"{path} in the image is larger than {maxBytes} bytes.");
            }
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    /// <summary>Resolves a path of which trailing components may be missing, such as a mount's target.</summary>
    /// <param name="path">Path inside.</param>
    /// <returns>The path without links, what is there, and the directories that are to be made.</returns>
    /// <exception cref="LinuxException">ENOTDIR: a component before the last is no directory. ELOOP: more than 40 links.</exception>
    public MergedPath Resolve(string path)
    {
        using MergedPathWalk walk = Walk(path, followLast: true);
        if (walk.IsBlocked)
        {
            throw new LinuxException("resolve", Errno.ENOTDIR, path);
        }
        int existing = walk.Components.Count - walk.MissingCount;
        var missing = ImmutableArray.CreateBuilder<string>(walk.MissingCount);
        for (int count = existing + 1; count <= walk.Components.Count; count++)
        {
            missing.Add(ToText(walk.Components, count));
        }
        return new MergedPath(ToText(walk.Components, walk.Components.Count), walk.Status?.Type, missing.MoveToImmutable());
    }

    /// <summary>As <see cref="Resolve"/>, for what must be a directory or missing.</summary>
    /// <param name="path">Path inside.</param>
    /// <returns>The path without links; it or trailing components of it may be missing.</returns>
    /// <exception cref="LinuxException">ENOTDIR: the path leads to or through something that is no directory. ELOOP: more than 40 links.</exception>
    public string ResolveDirectory(string path)
    {
        MergedPath resolved = Resolve(path);
        return resolved.Type is null or FileType.Directory ? resolved.Path : throw new LinuxException("resolve", Errno.ENOTDIR, path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RootedDirectory layer in _layers)
        {
            layer.Dispose();
        }
    }

    private MergedPathWalk Walk(string path, bool followLast)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length >= FileName.MaxPathLength)
        {
            throw new LinuxException("resolve", Errno.ENAMETOOLONG, path[..64] + "…");
        }
        var walk = new MergedPathWalk(() => MergedDirectory.OpenRoot(_layers, _attributes), MaxLinks);
        try
        {
            walk.Run(StrictUtf8.GetBytes(path), followLast);
            return walk;
        }
        catch
        {
            walk.Dispose();
            throw;
        }
    }

    private string HostPath(int layer, string inside) => inside == "/" ? _hostPaths[layer] : _hostPaths[layer].TrimEnd('/') + inside;

    private static string ToText(List<byte[]> components, int count)
    {
        if (count == 0)
        {
            return "/";
        }
        var text = new StringBuilder();
        foreach (byte[] component in components.Take(count))
        {
            try
            {
                text.Append('/').Append(StrictUtf8.GetString(component));
            }
            catch (DecoderFallbackException e)
            {
                throw new InvalidContentException($"A link in the image leads to a name that is not UTF-8: {FileName.Display(component)}", e);
            }
        }
        return text.ToString();
    }
}
