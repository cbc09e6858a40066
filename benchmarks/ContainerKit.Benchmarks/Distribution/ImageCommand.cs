using ContainerKit.Benchmarks.Comparison;
using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Peers;
using static System.FormattableString;

namespace ContainerKit.Benchmarks.Distribution;

/// <summary><c>compare pull</c>, <c>compare push</c>, <c>compare unpack</c> and <c>compare commit</c>.</summary>
internal static class ImageCommand
{
    private const int CommittedFiles = 3000;
    private const int CommittedFileSize = 8 << 10;
    private const int CommittedLargeFiles = 2;
    private const int CommittedLargeFileSize = 32 << 20;

    /// <summary>Runs the comparison and prints it.</summary>
    /// <returns>0; 1 when a peer failed on the way or something was left behind.</returns>
    public static async Task<int> RunAsync(ImageScenario scenario, CompareOptions options, CancellationToken cancellationToken)
    {
        await AbandonedWorkspaces.RemoveAsync(cancellationToken);
        var leftovers = new LeftoverCheck();
        var workspace = Workspace.Create();
        var succeeded = false;
        try
        {
            MachineReport.Print();
            Console.WriteLine($"all files are on {await workspace.TryMountFileSystemAsync(cancellationToken)}");
            var image = await DebianImage.OpenAsync(workspace, cancellationToken);
            Console.WriteLine($"image: {image.Description}");
            await using var registry = await LoopbackRegistry.StartAsync(workspace, "registry", cancellationToken);
            Console.WriteLine("peers");
            await using var peers = new PeerSet<IImagePeer>();
            await peers.PrepareAsync(
                PeerSet<IImagePeer>.Choose([new ContainerKitImages(), new DockerImages(), new PodmanImages(), new SkopeoImages()], options.Peers),
                peer => peer.TryPrepareAsync(workspace, cancellationToken));
            await (scenario switch
            {
                ImageScenario.Pull => PullAsync(peers, image, registry, options, cancellationToken),
                ImageScenario.Push => PushAsync(peers, image, registry, workspace, options, cancellationToken),
                ImageScenario.Unpack => UnpackAsync(peers, image, options, cancellationToken),
                _ => CommitAsync(peers, image, registry, workspace, options, cancellationToken),
            });
            foreach (var failure in peers.Failures)
                Console.WriteLine($"FAILED {failure}");
            succeeded = peers.Failures.Count == 0;
        }
        finally
        {
            await workspace.DisposeAsync();
            succeeded &= leftovers.Report(workspace);
        }
        return succeeded ? 0 : 1;
    }

    private static async Task PullAsync(PeerSet<IImagePeer> peers, DebianImage image, LoopbackRegistry registry, CompareOptions options, CancellationToken cancellationToken)
    {
        var (name, lower) = (registry.Name + "/app:1", registry.Name + "/app:lower");
        await image.UploadAsync(name, onlyShared: false, cancellationToken);
        await image.UploadAsync(lower, onlyShared: true, cancellationToken);
        await new ImageMeasurement("pull", peers, options)
        {
            Run = peer => peer.PullAsync(name, cancellationToken),
            CleanUp = peer => peer.RemoveAsync(name, cancellationToken),
        }.RunAsync(cancellationToken);

        Console.WriteLine();
        Console.WriteLine($"pull-shared: {image.SharedDescription}");
        await peers.ForEachAsync(peer => peer.PullAsync(lower, cancellationToken), cancellationToken);
        await new ImageMeasurement("pull-shared", peers, options)
        {
            Run = peer => peer.PullAsync(name, cancellationToken),
            CleanUp = peer => peer.RemoveAsync(name, cancellationToken),
        }.RunAsync(cancellationToken);
    }

    private static async Task PushAsync(
        PeerSet<IImagePeer> peers, DebianImage image, LoopbackRegistry registry, Workspace workspace, CompareOptions options, CancellationToken cancellationToken)
    {
        await using var target = await LoopbackRegistry.StartAsync(workspace, "target", cancellationToken);
        var (source, name) = (registry.Name + "/app:1", target.Name + "/app:1");
        await image.UploadAsync(source, onlyShared: false, cancellationToken);
        await image.UploadAsync(target.Name + "/app:lower", onlyShared: true, cancellationToken);
        var lower = workspace.PathOf("target-lower");
        await target.SaveAsync(lower, cancellationToken);
        await peers.ForEachAsync(
            async peer =>
            {
                await peer.PullAsync(source, cancellationToken);
                await peer.TagAsync(source, name, cancellationToken);
            },
            cancellationToken);

        await MeasureAsync("push", null);
        Console.WriteLine();
        Console.WriteLine($"push-shared: {image.SharedDescription}");
        await MeasureAsync("push-shared", lower);

        Task MeasureAsync(string what, string? content) => new ImageMeasurement(what, peers, options)
        {
            Prepare = _ => target.RestoreAsync(content, cancellationToken),
            Run = peer => peer.PushAsync(name, cancellationToken),
            CleanUp = _ => Task.CompletedTask,
        }.RunAsync(cancellationToken);
    }

    private static Task UnpackAsync(PeerSet<IImagePeer> peers, DebianImage image, CompareOptions options, CancellationToken cancellationToken)
        => new ImageMeasurement("unpack", peers, options)
        {
            Run = peer => peer.LoadAsync(image.ArchivePath, DebianImage.ArchiveName, cancellationToken),
            CleanUp = peer => peer.RemoveAsync(DebianImage.ArchiveName, cancellationToken),
        }.RunAsync(cancellationToken);

    private static async Task CommitAsync(
        PeerSet<IImagePeer> peers, DebianImage image, LoopbackRegistry registry, Workspace workspace, CompareOptions options, CancellationToken cancellationToken)
    {
        var name = registry.Name + "/app:1";
        await image.UploadAsync(name, onlyShared: false, cancellationToken);
        var tree = CreateTree(workspace);
        Console.WriteLine(Invariant($"commit: {CommittedFiles} files of {CommittedFileSize >> 10} KiB and {CommittedLargeFiles} of {CommittedLargeFileSize >> 20} MiB on top of the image"));
        await peers.ForEachAsync(
            async peer =>
            {
                await peer.PullAsync(name, cancellationToken);
                await peer.CreateContainerAsync(name, tree, cancellationToken);
            },
            cancellationToken);
        const string committed = "localhost/ckbench/committed:1";
        await new ImageMeasurement("commit", peers, options)
        {
            Run = peer => peer.CommitAsync(committed, cancellationToken),
            CleanUp = peer => peer.RemoveAsync(committed, cancellationToken),
        }.RunAsync(cancellationToken);
    }

    private static string CreateTree(Workspace workspace)
    {
        var tree = workspace.CreateDirectory("committed");
        var random = new Random(1);
        var content = new byte[CommittedLargeFileSize];
        random.NextBytes(content);
        for (var i = 0; i < CommittedFiles; i++)
        {
            var directory = Directory.CreateDirectory(Path.Combine(tree, Invariant($"d{i / 100}"))).FullName;
            using var file = File.Create(Path.Combine(directory, Invariant($"file-{i}")));
            file.Write(content, random.Next(CommittedLargeFileSize - CommittedFileSize), CommittedFileSize);
        }
        for (var i = 0; i < CommittedLargeFiles; i++)
            File.WriteAllBytes(Path.Combine(tree, Invariant($"large-{i}")), content);
        return tree;
    }
}
