using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;

namespace ContainerKit.Containers.Files;

/// <summary>Copies into a container.</summary>
internal sealed class CopyIn(RootAccess root, CopyToOptions options)
{
    private static readonly OwnerView SameIds = new(null);

    /// <summary>Copies a file or directory of this machine.</summary>
    internal async Task CopyAsync(string hostPath, ContainerPath destination, CancellationToken cancellationToken)
    {
        options.Validate();
        HostPath source = HostPath.Parse(hostPath);
        FileStatus status = source.TryGetStatus() ?? throw new NotFoundException($"There is no file or directory {hostPath}.");
        (ContainerPath directory, string? name) = Decide(status.Type == FileType.Directory, source, destination);
        await ExtractAsync(
            async (extractor, token) =>
            {
                await EntryPipe.RunAsync((pipe, piped) => PackAsync(source, status, name, pipe, piped), extractor, token).ConfigureAwait(false);
                extractor.Complete(token);
            },
            directory,
            options.KeepOwners ? null : ResolveOwner() ?? (0, 0),
            options.KeepTypes,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Unpacks an archive into a directory.</summary>
    internal async Task UnpackAsync(Stream archive, ContainerPath destination, CancellationToken cancellationToken)
    {
        options.Validate();
        (Stream plain, _) = await LayerStream.OpenAsync(archive, cancellationToken).ConfigureAwait(false);
        await using (plain.ConfigureAwait(false))
        {
            try
            {
                await ExtractAsync((extractor, token) => ExtractArchiveAsync(plain, extractor, token), root.Follow(destination), ResolveOwner(), options.KeepTypes, cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidContentException($"The compressed archive is damaged. {e.Message}", e);
            }
        }
    }

    private (uint User, uint Group)? ResolveOwner() => options.Owner is { } owner ? root.ResolveOwner(owner) : null;

    /// <summary>Docker's rules: the directory that is unpacked into, and what the source is called there; null: its content goes there.</summary>
    private (ContainerPath Directory, string? Name) Decide(bool isDirectory, HostPath source, ContainerPath destination)
    {
        ContainerPath target = root.Follow(destination);
        FileStatus? existing = root.TryGetStatus(target);
        if (existing is { Type: FileType.Directory })
            return source.IsContent && isDirectory ? (target, null) : (target, source.Name.Length == 0 ? null : source.Name);
        if (existing is not null)
        {
            if (isDirectory)
                throw new ConflictException($"Can't copy the directory {source.Full} to {destination.Full}, which is a file in the container.");
            if (destination.EndsWithSlash)
                throw new ConflictException($"{destination.Full} is a file in the container, not a directory.");
        }
        else if (destination.EndsWithSlash && !isDirectory)
        {
            throw new NotFoundException($"There is no directory {destination.Full} in the container. Make it first.");
        }

        return (ContainerPath.Parse("/" + target.Directory), target.Name);
    }

    private static async Task PackAsync(HostPath source, FileStatus status, string? name, ITarReceiver receiver, CancellationToken cancellationToken)
    {
        var packer = new TreePacker(receiver, SameIds, new PackingOptions { KeepsHoles = true });
        if (status.Type == FileType.Directory)
        {
            using PlainDirectory directory = new(RootedDirectory.Open(source.Full));
            byte[] path = name is null ? [] : Encoding.UTF8.GetBytes(name);
            if (name is not null)
                await packer.PackDirectoryAsync(directory, path, status, cancellationToken).ConfigureAwait(false);
            await packer.PackContentAsync(directory, path, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            using PlainDirectory parent = new(RootedDirectory.Open(source.Parent));
            await packer.PackAsync(parent, source.NameBytes, Encoding.UTF8.GetBytes(name!), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task ExtractArchiveAsync(Stream archive, TreeExtractor extractor, CancellationToken cancellationToken)
    {
        using var input = new TarInput(archive, algorithm: null);
        await extractor.ExtractAsync(new TarReader(input), cancellationToken).ConfigureAwait(false);
        await input.DrainAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ExtractAsync(
        Func<TreeExtractor, CancellationToken, Task> extract, ContainerPath directory, (uint User, uint Group)? owner, bool keepTypes, CancellationToken cancellationToken)
    {
        using RootedDirectory target = root.Directory.TryOpenDirectory(directory.FullBytes, PathResolution.None, out _)
            ?? throw (root.TryGetStatus(directory) is null
                ? root.Missing(directory)
                : new ConflictException($"{directory.Full} is no directory in the container."));
        var extraction = new ExtractionOptions
        {
            SetsOwners = !root.Roots.Owners.IsSquashed,
            Owner = owner,
            CanOwn = root.Roots.Owners.Contains,
            KeepsPrivileges = true,
            MakesDevices = root.Roots.CanMakeDevices,
            FollowsLinks = true,
            KeepsTypes = keepTypes,
        };
        try
        {
            using var extractor = new TreeExtractor(root.Directory, target, directory.FullBytes, extraction, new LayerLimits());

            // Not on the caller's thread: files of this machine and of the container are read and written without waiting in between.
            await Task.Run(() => extract(extractor, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (LinuxException e) when (e.Errno == Errno.EROFS)
        {
            throw new InvalidStateException($"{directory.Full} is on a read-only file system of the container: nothing can be copied there.", e);
        }
    }
}
