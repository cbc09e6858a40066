using System.Text;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;

namespace ContainerKit.Containers.Files;

/// <summary>Copies out of a container.</summary>
internal sealed class CopyOut(RootAccess root)
{
    /// <summary>Writes an archive.</summary>
    internal async Task PackAsync(ContainerPath source, Stream output, CancellationToken cancellationToken)
    {
        FileStatus status = root.TryGetStatus(source) ?? throw root.Missing(source);
        byte[] name = source.IsContent || source.Name.Length == 0 ? [(byte)'.'] : source.NameBytes;
        var writer = new TarWriter(output);
        await PackAsync(source, status, name, writer, cancellationToken).ConfigureAwait(false);
        await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies to this machine.</summary>
    internal async Task CopyAsync(ContainerPath source, string hostPath, CopyFromOptions options, CancellationToken cancellationToken)
    {
        if (options.KeepOwners && !Environment.IsPrivilegedProcess)
            throw new UnsupportedException($"{nameof(CopyFromOptions.KeepOwners)} needs root: only root can give files to other users.");
        FileStatus status = root.TryGetStatus(source) ?? throw root.Missing(source);
        (string directory, string? name) = Decide(status.Type == FileType.Directory, source, HostPath.Parse(hostPath));
        using RootedDirectory target = RootedDirectory.Open(directory);
        var extraction = new ExtractionOptions { SetsOwners = options.KeepOwners, KeepsPrivileges = options.KeepOwners, MakesDevices = options.KeepOwners, KeepsTypes = true };
        using var extractor = new TreeExtractor(target, target, [], extraction, new LayerLimits());

        // Not on the caller's thread: files of this machine and of the container are read and written without waiting in between.
        byte[]? called = name is null ? null : Encoding.UTF8.GetBytes(name);
        await Task.Run(
            () => EntryPipe.RunAsync((pipe, token) => PackAsync(source, status, called, pipe, token), extractor, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        extractor.Complete(cancellationToken);
    }

    /// <summary>Docker's rules; a destination that is a link is followed, since it is the caller's own.</summary>
    private static (string Directory, string? Name) Decide(bool isDirectory, ContainerPath source, HostPath destination)
    {
        if (Directory.Exists(destination.Full))
            return source.IsContent && isDirectory || source.Name.Length == 0 ? (destination.Full, null) : (destination.Full, source.Name);
        if (File.Exists(destination.Full))
        {
            if (isDirectory)
                throw new ConflictException($"Can't copy the directory {source.Full} to {destination.Full}, which is a file.");
            if (destination.EndsWithSlash)
                throw new ConflictException($"{destination.Full} is a file, not a directory.");
        }
        else if (destination.EndsWithSlash && !isDirectory)
        {
            throw new NotFoundException($"There is no directory {destination.Full}. Make it first.");
        }

        if (!Directory.Exists(destination.Parent))
            throw new NotFoundException($"There is no directory {destination.Parent}. Make it first.");
        string target = new FileInfo(destination.Full) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : destination.Full;
        return (Path.GetDirectoryName(target)!, Path.GetFileName(target));
    }

    /// <param name="name">What the source is called in the archive; null: its content is at the archive's root.</param>
    private async Task PackAsync(ContainerPath source, FileStatus status, byte[]? name, ITarReceiver receiver, CancellationToken cancellationToken)
    {
        var packer = new TreePacker(receiver, root.Roots.Owners, new PackingOptions { IsSkipped = IsKernels, KeepsHoles = true });
        if (status.Type == FileType.Directory)
        {
            RootedDirectory opened = root.Directory.TryOpenDirectory(source.FullBytes, PathResolution.None, out _) ?? throw root.Missing(source);
            using PlainDirectory directory = new(opened);
            RequireFiles(opened, source);
            if (name is not null)
                await packer.PackDirectoryAsync(directory, name, opened.GetStatus(default), cancellationToken).ConfigureAwait(false);
            await packer.PackContentAsync(directory, name ?? [], cancellationToken).ConfigureAwait(false);
        }
        else
        {
            RootedDirectory opened = root.Directory.TryOpenDirectory(source.DirectoryBytes, PathResolution.None, out _) ?? throw root.Missing(source);
            using PlainDirectory parent = new(opened);
            RequireFiles(opened, source);
            await packer.PackAsync(parent, source.NameBytes, name!, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What the kernel makes up has no sizes, no end and no place in an archive.</summary>
    private static void RequireFiles(RootedDirectory directory, ContainerPath path)
    {
        if (directory.IsKernelFileSystem())
            throw new UnsupportedException($"{path.Full} is on a file system of the kernel, which can't be copied. Read it with a command in the container.");
    }

    private static bool IsKernels(ITreeDirectory directory, FileStatus status)
        => status.IsMountRoot && directory is PlainDirectory plain && plain.IsKernelFileSystem;
}
