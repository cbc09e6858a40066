using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;

namespace ContainerKit.Volumes;

/// <summary>Trees with the owners that they have inside containers, from and to archives.</summary>
internal sealed class VolumeArchive(IVolumeFiles files)
{
    /// <summary>Packs what a directory holds.</summary>
    internal async Task PackAsync(string path, Stream output, CancellationToken cancellationToken)
    {
        using PlainDirectory directory = new(await files.OpenAsync(path, cancellationToken).ConfigureAwait(false));
        var writer = new TarWriter(output);
        await new TreePacker(writer, files.Owners, new PackingOptions { KeepsHoles = true }).PackContentAsync(directory, [], cancellationToken).ConfigureAwait(false);
        await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies a directory under another name into a directory that exists, with its own mode and owner.</summary>
    internal async Task CopyAsync(RootedDirectory source, byte[] name, string path, CancellationToken cancellationToken)
    {
        using PlainDirectory directory = new(source);
        using RootedDirectory target = await files.OpenAsync(path, cancellationToken).ConfigureAwait(false);
        using TreeExtractor extractor = Extractor(target);
        var packer = new TreePacker(extractor, files.Owners, new PackingOptions { KeepsHoles = true });
        await packer.PackDirectoryAsync(directory, name, source.GetStatus(default), cancellationToken).ConfigureAwait(false);
        await packer.PackContentAsync(directory, name, cancellationToken).ConfigureAwait(false);
        extractor.Complete(cancellationToken);
    }

    /// <summary>Unpacks an archive, plain or compressed, into a directory that exists; no link leads out of it.</summary>
    internal async Task UnpackAsync(Stream archive, string path, CancellationToken cancellationToken)
    {
        using RootedDirectory target = await files.OpenAsync(path, cancellationToken).ConfigureAwait(false);
        (Stream plain, _) = await LayerStream.OpenAsync(archive, cancellationToken).ConfigureAwait(false);
        await using (plain.ConfigureAwait(false))
        {
            try
            {
                using var input = new TarInput(plain, algorithm: null);
                using TreeExtractor extractor = Extractor(target);
                await extractor.ExtractAsync(new TarReader(input), cancellationToken).ConfigureAwait(false);
                await input.DrainAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidDataException e)
            {
                throw new InvalidContentException($"The compressed archive is damaged. {e.Message}", e);
            }
        }
    }

    private TreeExtractor Extractor(RootedDirectory target)
    {
        var extraction = new ExtractionOptions
        {
            SetsOwners = !files.Owners.IsSquashed,
            CanOwn = files.Owners.Contains,
            KeepsPrivileges = true,
            MakesDevices = files.CanMakeDevices,
            FollowsLinks = true,
        };
        return new TreeExtractor(target, target, [], extraction, new LayerLimits());
    }
}
