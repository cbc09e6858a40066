using ContainerKit.Containers.Files;
using ContainerKit.Containers.State;
using ContainerKit.Containers.Translation;
using ContainerKit.Images;
using ContainerKit.Linux.Paths;
using ContainerKit.Runtime;
using ContainerKit.Runtime.Roots;
using ContainerKit.Storage;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Containers.Instances;

/// <content>What is done with the container's files.</content>
internal sealed partial class ContainerInstance
{
    private IContainerRoots Roots => _context.Runtime.Roots;

    /// <summary>
    /// Lets something work on the root: that of the running process, or one that is mounted for it, while nobody can start the container.
    /// </summary>
    internal Task UseRootAsync(string operation, Func<RootAccess, CancellationToken, Task> use, CancellationToken cancellationToken)
        => OperateAsync(
            async token =>
            {
                if (await TryUseStoppedAsync(operation, use, token).ConfigureAwait(false) is ContainerRun run)
                {
                    ContainerRoot root = await Roots.OpenRunningAsync(run.Process.Identity, token).ConfigureAwait(false);
                    await using (root.ConfigureAwait(false))
                        await use(new RootAccess(root.Directory, Roots, Display), token).ConfigureAwait(false);
                }
            },
            cancellationToken);

    internal async Task<IReadOnlyList<FileChange>> GetChangesAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<FileChange> changes = [];
        await OperateAsync(async token => changes = await FindChangesAsync(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return changes;
    }

    internal Task ExportAsync(Stream destination, CancellationToken cancellationToken) => OperateAsync(token => ExportCoreAsync(destination, token), cancellationToken);

    internal async Task<Image> CommitAsync(string? reference, CommitOptions options, CancellationToken cancellationToken)
    {
        Image? image = null;
        await OperateAsync(async token => image = await CommitCoreAsync(reference, options, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return image!;
    }

    private async Task OperateAsync(Func<CancellationToken, Task> operation, CancellationToken cancellationToken)
    {
        using OperationGate.Operation gate = _context.Operations.Enter(cancellationToken);
        try
        {
            await operation(gate.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (gate.WasClosed)
        {
            throw OperationGate.CreateClosedException();
        }
    }

    private async Task<IReadOnlyList<FileChange>> FindChangesAsync(CancellationToken cancellationToken)
    {
        _ = GetState();
        RuntimeRoot root = RootDirectories();
        using RootedDirectory upper = await Roots.OpenAsync(root.Upper, cancellationToken).ConfigureAwait(false);
        using LayerDirectories lower = await LayerDirectories.OpenAsync([.. root.Lower, MountPointLayer], Roots.OpenAsync, cancellationToken).ConfigureAwait(false);
        return OverlayChanges.Find(upper, lower.OpenRoot(), cancellationToken);
    }

    private async Task ExportCoreAsync(Stream destination, CancellationToken cancellationToken)
    {
        _ = GetState();
        RuntimeRoot root = RootDirectories();
        using LayerDirectories layers = await LayerDirectories.OpenAsync([root.Upper, .. root.Lower, MountPointLayer], Roots.OpenAsync, cancellationToken).ConfigureAwait(false);
        var writer = new TarWriter(destination);
        using var directory = new MergedTreeDirectory(layers.OpenRoot());
        await new TreePacker(writer, Roots.Owners, new PackingOptions()).PackContentAsync(directory, [], cancellationToken).ConfigureAwait(false);
        await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<Image> CommitCoreAsync(string? reference, CommitOptions options, CancellationToken cancellationToken)
    {
        _ = GetState();
        IDisposable? frozen = null;
        try
        {
            // One that its owner paused stands still, and must not go on when this is done.
            if (options.Pause && _run is not null && GetState() is ContainerState.Running { IsPaused: false })
                frozen = await Roots.FreezeAsync(Config.Id, cancellationToken).ConfigureAwait(false);
            ImageCommit commit = ContainerCommit.Create(Config, reference, options) with { WriteLayer = WriteLayerAsync };
            return await _context.Images.CommitAsync(commit, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            frozen?.Dispose();
        }

        async Task WriteLayerAsync(Stream output, CancellationToken token)
        {
            using var upper = new PlainDirectory(await Roots.OpenAsync(ContainerPaths.Upper(Directory), token).ConfigureAwait(false), OverlayAttributeNames.Default);
            var writer = new TarWriter(output);
            await new TreePacker(writer, Roots.Owners, new PackingOptions { OverlayUpper = true }).PackContentAsync(upper, [], token).ConfigureAwait(false);
            await writer.CompleteAsync(token).ConfigureAwait(false);

            // Packed: the container need not wait for what is made of it.
            Interlocked.Exchange(ref frozen, null)?.Dispose();
        }
    }

    private string MountPointLayer => Path.Combine(_context.Paths.DataRoot, "mountpoints");

    private RuntimeRoot RootDirectories() => RuntimeSpecFactory.Create(Config, _context.Paths.DataRoot, Directory).Root;

    /// <summary>Returns the run of a container that runs, for which nothing was done.</summary>
    private async Task<ContainerRun?> TryUseStoppedAsync(string operation, Func<RootAccess, CancellationToken, Task> use, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_run is not null)
                return _run;
            if (_lock is null && GetState() is ContainerState.Running)
                throw OwnedByOther(operation);
            await AcquireAsync(operation).ConfigureAwait(false);
            RuntimeSpec spec = RuntimeSpecFactory.Create(Config, _context.Paths.DataRoot, Directory);
            await _unmounting.ConfigureAwait(false);
            ContainerRoot root = await Roots.MountAsync(spec, $"{Directory}/copy-work", cancellationToken).ConfigureAwait(false);
            await using (root.ConfigureAwait(false))
                await use(new RootAccess(root.Directory, Roots, Display), cancellationToken).ConfigureAwait(false);
            return null;
        }
        finally
        {
            ReleaseWhenIdle();
            _gate.Release();
        }
    }
}
