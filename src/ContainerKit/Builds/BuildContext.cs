using ContainerKit.Builds.Contexts;

namespace ContainerKit;

/// <summary>Where a build takes files from: a directory, a tar archive, a git repository, or an image. Only what the Dockerfile asks for is read.</summary>
public sealed record BuildContext
{
    private BuildContext(BuildContextKind kind, string location, Stream? archive = null)
    {
        Kind = kind;
        Location = location;
        Archive = archive;
    }

    /// <summary>No files at all: for a Dockerfile that copies none.</summary>
    public static BuildContext Empty { get; } = new(BuildContextKind.Empty, "");

    internal BuildContextKind Kind { get; }

    internal string Location { get; }

    internal Stream? Archive { get; }

    /// <summary>A directory of this machine. Nothing may change it during the build; nothing outside of it can be named, also not through links.</summary>
    /// <param name="path">The directory; relative paths start at the current directory now.</param>
    public static BuildContext FromDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new BuildContext(BuildContextKind.Directory, Path.GetFullPath(path));
    }

    /// <summary>A tar archive, plain or compressed by gzip, bzip2, xz or zstd. It need not be trusted.</summary>
    /// <param name="archive">Read to its end by the build, so it is good for one; stays owned by the caller.</param>
    public static BuildContext FromTar(Stream archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        return new BuildContext(BuildContextKind.Tar, "", archive);
    }

    /// <summary>A git repository, fetched by the git of this machine with its keys and credential helpers, submodules included.</summary>
    /// <param name="location">
    /// <c>https://…/name.git</c>, <c>git://…</c>, <c>ssh://…</c> or <c>user@host:path</c>, and optionally <c>#</c>, a branch, tag or commit,
    /// <c>:</c> and a directory of it.
    /// </param>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static BuildContext FromGit(string location)
    {
        ArgumentException.ThrowIfNullOrEmpty(location);
        try
        {
            return GitLocation.TryParse(location) is not null
                ? new BuildContext(BuildContextKind.Git, location)
                : throw new ArgumentException($"'{location}' is no git repository: expected https://….git, git://…, ssh://… or user@host:path.", nameof(location));
        }
        catch (FormatException e)
        {
            throw new ArgumentException(e.Message, nameof(location), e);
        }
    }

    /// <summary>The files of an image; as a named context.</summary>
    /// <param name="reference">A name such as <c>alpine:3.20</c>, or an id. Pulled when it is missing.</param>
    public static BuildContext FromImage(string reference)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        return new BuildContext(BuildContextKind.Image, reference);
    }
}
