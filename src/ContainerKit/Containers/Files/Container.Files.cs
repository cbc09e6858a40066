using ContainerKit.Containers.Files;

namespace ContainerKit;

/// <content>The container's files: copying in and out, what has changed, export and commit.</content>
public sealed partial class Container
{
    /// <summary>
    /// Copies a file or directory of this machine into the container, running or not, by the rules of <c>docker cp</c>: into
    /// <paramref name="containerPath"/> when that is a directory, else to that name, whose directory must exist. A source directory that
    /// ends with <c>/.</c> stands for what it holds. Links in the container are followed inside of it and lead nowhere else.
    /// </summary>
    /// <param name="hostPath">A file or directory. A link is copied as a link, unless a slash follows it.</param>
    /// <param name="containerPath">Where it goes; relative to <c>/</c>.</param>
    /// <param name="options">Owners and the like; null: everything belongs to root inside.</param>
    /// <param name="cancellationToken">Stops; what was copied stays.</param>
    /// <exception cref="NotFoundException">There is no such source, or the directory to copy to does not exist.</exception>
    /// <exception cref="ConflictException">A directory would be copied to a file; or another engine process runs the container.</exception>
    /// <exception cref="InvalidStateException">The container's root is read-only there.</exception>
    /// <exception cref="UnsupportedException">A device, or an owner that this user can't have.</exception>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    public Task CopyToAsync(string hostPath, string containerPath, CopyToOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostPath);
        return _instance.UseRootAsync("copy to", (root, token) => new CopyIn(root, options ?? new()).CopyAsync(hostPath, ContainerPath.Parse(containerPath), token), cancellationToken);
    }

    /// <summary>Unpacks a tar archive, plain or compressed, into a directory of the container, running or not.</summary>
    /// <param name="archive">Read to its end; stays owned by the caller.</param>
    /// <param name="containerDirectory">A directory that exists, or a link to one; relative to <c>/</c>.</param>
    /// <param name="options">Owners and the like; null: owners are those of the archive.</param>
    /// <param name="cancellationToken">Stops; what was unpacked stays.</param>
    /// <exception cref="NotFoundException">There is no such directory.</exception>
    /// <exception cref="ConflictException">It is no directory; <see cref="CopyToOptions.KeepTypes"/>; or another engine process runs the container.</exception>
    /// <exception cref="InvalidContentException">The archive is malformed, or leads out of the directory.</exception>
    /// <exception cref="InvalidStateException">The container's root is read-only there.</exception>
    /// <exception cref="UnsupportedException">A device or owner that this user can't have, or a codec that is not there.</exception>
    public Task CopyToAsync(Stream archive, string containerDirectory, CopyToOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        return _instance.UseRootAsync("copy to", (root, token) => new CopyIn(root, options ?? new()).UnpackAsync(archive, ContainerPath.Parse(containerDirectory), token), cancellationToken);
    }

    /// <summary>
    /// Copies a file or directory of the container, running or not, to this machine, by the rules of <c>docker cp</c>, which are those of
    /// <see cref="CopyToAsync(string, string, CopyToOptions?, CancellationToken)"/>.
    /// </summary>
    /// <remarks>
    /// The container is not trusted: nothing is read outside of it, nothing written outside of the destination, devices are refused, and
    /// set-user-id bits and file capabilities are dropped unless <see cref="CopyFromOptions.KeepOwners"/> is set.
    /// </remarks>
    /// <param name="containerPath">A file or directory; relative to <c>/</c>. A link is copied as a link, unless a slash follows it.</param>
    /// <param name="hostPath">Where it goes.</param>
    /// <param name="options">Owners; null: everything becomes this process's user's.</param>
    /// <param name="cancellationToken">Stops; what was copied stays.</param>
    /// <exception cref="NotFoundException">There is no such source, or the directory to copy to does not exist.</exception>
    /// <exception cref="ConflictException">A directory would be copied to a file; or another engine process runs the container.</exception>
    /// <exception cref="UnsupportedException">A device; or a path on a file system of the kernel, such as <c>/proc</c>.</exception>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    public Task CopyFromAsync(string containerPath, string hostPath, CopyFromOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostPath);
        return _instance.UseRootAsync("copy from", (root, token) => new CopyOut(root).CopyAsync(ContainerPath.Parse(containerPath), hostPath, options ?? new(), token), cancellationToken);
    }

    /// <summary>Writes a file or directory of the container, running or not, as a tar archive whose first entry has the path's last name.</summary>
    /// <param name="containerPath">A file or directory; relative to <c>/</c>. With <c>/.</c> at its end the archive's names begin with <c>./</c>.</param>
    /// <param name="destination">Where the archive goes; stays open.</param>
    /// <param name="cancellationToken">Stops in the middle of the archive.</param>
    /// <exception cref="NotFoundException">There is no such file.</exception>
    /// <exception cref="ConflictException">Another engine process runs the container.</exception>
    /// <exception cref="UnsupportedException">The path is on a file system of the kernel, such as <c>/proc</c>.</exception>
    public Task CopyFromAsync(string containerPath, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return _instance.UseRootAsync("copy from", (root, token) => new CopyOut(root).PackAsync(ContainerPath.Parse(containerPath), destination, token), cancellationToken);
    }

    /// <summary>What a path of the container, running or not, leads to; a link at its end is not followed.</summary>
    /// <param name="containerPath">The path; relative to <c>/</c>.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NotFoundException">There is nothing.</exception>
    /// <exception cref="ConflictException">Another engine process runs the container.</exception>
    public async Task<ContainerPathInfo> GetPathInfoAsync(string containerPath, CancellationToken cancellationToken = default)
    {
        ContainerPath path = ContainerPath.Parse(containerPath);
        ContainerPathInfo? info = null;
        await _instance.UseRootAsync("look into", (root, _) => Task.FromResult(info = root.GetInfo(path)), cancellationToken).ConfigureAwait(false);
        return info!;
    }

    /// <summary>What the container has added, changed and removed in its image's files, sorted by path; running or not.</summary>
    /// <param name="cancellationToken">Stops.</param>
    public Task<IReadOnlyList<FileChange>> GetChangesAsync(CancellationToken cancellationToken = default) => _instance.GetChangesAsync(cancellationToken);

    /// <summary>
    /// Writes the container's whole root file system, running or not, as a tar archive: image and changes, without binds and other mounts.
    /// </summary>
    /// <param name="destination">Where the archive goes; stays open.</param>
    /// <param name="cancellationToken">Stops in the middle of the archive.</param>
    public Task ExportAsync(Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return _instance.ExportAsync(destination, cancellationToken);
    }

    /// <summary>Makes an image of the container's image and changes, running or not; binds and other mounts are left out.</summary>
    /// <param name="reference">The image's name, such as <c>db:seeded</c>; null for none.</param>
    /// <param name="options">Author, message, changed configuration; null for the defaults.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing.</param>
    /// <returns>The image; its layer has the same digest whenever the changes are the same.</returns>
    /// <exception cref="ArgumentException">A change is no instruction that is allowed here.</exception>
    /// <exception cref="UnsupportedException">The container's image is a directory, of which there are no layers.</exception>
    /// <exception cref="InvalidContentException">The name breaks the grammar.</exception>
    public Task<Image> CommitAsync(string? reference = null, CommitOptions? options = null, CancellationToken cancellationToken = default)
        => _instance.CommitAsync(reference, options ?? new CommitOptions(), cancellationToken);
}
