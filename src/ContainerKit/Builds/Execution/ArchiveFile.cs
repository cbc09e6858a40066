using System.Text;
using ContainerKit.Builds.Contexts;
using ContainerKit.Containers.Files;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Builds.Execution;

/// <summary>Archives that ADD unpacks, recognised by what is in them and not by their names.</summary>
internal static class ArchiveFile
{
    private const uint NewDirectoryMode = 0x1ED; // 0755

    /// <summary>True for a tar archive, plain or compressed.</summary>
    public static async Task<bool> IsArchiveAsync(CopyRoot root, CancellationToken cancellationToken)
    {
        using SafeFileHandle? file = Open(root);
        if (file is null)
        {
            return false;
        }
        var stream = new FileStream(file, FileAccess.Read, bufferSize: 0);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                (Stream plain, _) = await LayerStream.OpenAsync(stream, cancellationToken).ConfigureAwait(false);
                await using (plain.ConfigureAwait(false))
                {
                    byte[] block = new byte[TarInput.BlockSize];
                    if (await plain.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < block.Length
                        || !block.AsSpan().ContainsAnyExcept((byte)0))
                    {
                        return false;
                    }
                    new TarHeader(block).VerifyChecksum();
                    return true;
                }
            }
            catch (Exception e) when (e is InvalidDataException or InvalidContentException)
            {
                return false;
            }
        }
    }

    /// <summary>Unpacks an archive into a directory of a mounted root, which is made when missing.</summary>
    public static async Task UnpackAsync(CopyRoot archive, RootAccess root, string destination, (uint User, uint Group)? owner, CancellationToken cancellationToken)
    {
        using SafeFileHandle file = Open(archive) ?? throw new NotFoundException($"The archive {Encoding.UTF8.GetString(archive.Entry.WrittenName)} is gone.");
        var stream = new FileStream(file, FileAccess.Read, bufferSize: 0);
        await using (stream.ConfigureAwait(false))
        {
            var limits = new LayerLimits();
            (Stream plain, PeekedStream compressed) = await LayerStream.OpenAsync(stream, cancellationToken).ConfigureAwait(false);
            await using (plain.ConfigureAwait(false))
            {
                byte[] path = Encoding.UTF8.GetBytes(destination);
                using RootedDirectory target = MakeDirectory(root, destination, owner);
                using var input = new TarInput(plain, algorithm: null, length => RequireWithinLimits(limits, length, compressed.BytesRead));
                var options = new ExtractionOptions
                {
                    SetsOwners = !root.Roots.Owners.IsSquashed,
                    Owner = owner,
                    CanOwn = root.Roots.Owners.Contains,
                    KeepsPrivileges = true,
                    MakesDevices = root.Roots.CanMakeDevices,
                    FollowsLinks = true,
                };
                using var extractor = new TreeExtractor(root.Directory, target, path, options, limits);
                try
                {
                    await extractor.ExtractAsync(new TarReader(input), cancellationToken).ConfigureAwait(false);
                    await input.DrainAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (InvalidDataException e)
                {
                    throw new InvalidContentException($"The compressed archive {Encoding.UTF8.GetString(archive.Entry.WrittenName)} is damaged. {e.Message}", e);
                }
            }
        }
    }

    private static SafeFileHandle? Open(CopyRoot root)
    {
        ITreeDirectory? parent = root.Tree.OpenDirectory(root.Entry.Path, root.Entry.Path.Count - 1);
        try
        {
            return parent?.TryOpenFile(root.Entry.Path[^1]);
        }
        finally
        {
            if (!ReferenceEquals(parent, root.Tree.Root))
            {
                parent?.Dispose();
            }
        }
    }

    private static RootedDirectory MakeDirectory(RootAccess root, string path, (uint User, uint Group)? owner)
    {
        string[] components = ContextPath.Components(path);
        for (int i = 1; i <= components.Length; i++)
        {
            byte[] full = Encoding.UTF8.GetBytes(string.Join('/', components.Take(i)));
            if (root.Directory.TryOpenDirectory(full, PathResolution.None, out Errno reason) is { } existing)
            {
                existing.Dispose();
                continue;
            }
            if (reason != Errno.ENOENT)
            {
                throw new LinuxException("open", reason, path);
            }
            using RootedDirectory parent = root.Directory.OpenDirectory(Encoding.UTF8.GetBytes(string.Join('/', components.Take(i - 1))));
            byte[] name = Encoding.UTF8.GetBytes(components[i - 1]);
            parent.CreateDirectory(name, NewDirectoryMode);
            if (!root.Roots.Owners.IsSquashed)
            {
                parent.SetOwner(name, owner?.User ?? 0, owner?.Group ?? 0);
            }
            parent.SetMode(name, NewDirectoryMode);
        }
        return root.Directory.OpenDirectory(Encoding.UTF8.GetBytes(path));
    }

    private static void RequireWithinLimits(LayerLimits limits, long length, long compressed)
    {
        if (length > limits.MaxArchiveSize || (length > limits.ExpansionRatioThreshold && length / limits.MaxExpansionRatio > compressed))
        {
            throw new InvalidContentException("The archive expands beyond all measure.");
        }
    }
}
