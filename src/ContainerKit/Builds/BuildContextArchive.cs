using System.Text;
using ContainerKit.Builds.Contexts;

namespace ContainerKit;

/// <summary>
/// A directory as the archive that a builder in another process wants, such as <c>POST /build</c> of Docker's API: without what its .dockerignore
/// leaves out, with the Dockerfile, wherever that is.
/// </summary>
public sealed class BuildContextArchive
{
    private readonly string _directory;
    private readonly string _source;
    private readonly byte[]? _text;

    private BuildContextArchive(string directory, string source, byte[]? text, string dockerfile)
    {
        _directory = directory;
        _source = source;
        _text = text;
        Dockerfile = dockerfile;
    }

    /// <summary>
    /// What the Dockerfile is called in the archive. One from outside of the directory has a name that no file of it has, and COPY does not see it.
    /// </summary>
    public string Dockerfile { get; }

    /// <summary>A directory with a Dockerfile.</summary>
    /// <param name="path">The directory; relative paths start at the current directory now.</param>
    /// <param name="dockerfile">
    /// The Dockerfile: a path in the directory, or an absolute one, anywhere. A file of that name with <c>.dockerignore</c> behind it is preferred to the
    /// directory's <c>.dockerignore</c>.
    /// </param>
    public static BuildContextArchive FromDirectory(string path, string dockerfile = "Dockerfile")
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(dockerfile);
        string directory = Path.GetFullPath(path);
        string source = ContextPath.Clean(dockerfile);
        string prefix = directory == "/" ? "/" : $"{directory.TrimEnd('/')}/";
        if (source.StartsWith(prefix, StringComparison.Ordinal))
            source = source[prefix.Length..];
        return new BuildContextArchive(directory, source, null, source.StartsWith('/') ? UniqueName() : source);
    }

    /// <summary>A directory, and the text of the Dockerfile.</summary>
    /// <param name="path">The directory; relative paths start at the current directory now.</param>
    /// <param name="text">The Dockerfile.</param>
    public static BuildContextArchive FromDirectoryAndText(string path, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(text);
        return new BuildContextArchive(Path.GetFullPath(path), "Dockerfile", Encoding.UTF8.GetBytes(text), UniqueName());
    }

    /// <summary>Writes the archive: tar, uncompressed, everything owned by root. Nothing may change the directory meanwhile.</summary>
    /// <param name="destination">Gets the archive; stays open.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="NotFoundException">There is no such directory.</exception>
    /// <exception cref="BuildException">The .dockerignore is malformed, or there is no Dockerfile at the absolute path.</exception>
    public Task WriteToAsync(Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return ContextArchive.WriteAsync(_directory, _source, _text, Dockerfile, destination, cancellationToken);
    }

    private static string UniqueName() => $".dockerfile.{Guid.NewGuid():N}";
}
