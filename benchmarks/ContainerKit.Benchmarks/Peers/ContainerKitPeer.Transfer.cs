using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Transfer;

namespace ContainerKit.Benchmarks.Peers;

/// <content>Copies, logs and statistics.</content>
internal sealed partial class ContainerKitPeer : ITransferPeer
{
    public Task CopyInAsync(string hostDirectory, string containerDirectory, CancellationToken cancellationToken)
        => _longRunning!.CopyToAsync(hostDirectory + "/.", containerDirectory, cancellationToken: cancellationToken);

    public Task CopyOutAsync(string containerDirectory, string hostDirectory, CancellationToken cancellationToken)
        => _longRunning!.CopyFromAsync(containerDirectory + "/.", hostDirectory, cancellationToken: cancellationToken);

    public async Task RemoveFilesAsync(string containerDirectory, CancellationToken cancellationToken)
    {
        ExecResult result = await _longRunning!.ExecAsync(["/bin/busybox", "rm", "-r", containerDirectory], cancellationToken);
        if (result.ExitCode != 0)
            throw new PeerFailedException($"{Name}: rm ended with {result.ExitCode}");
    }

    public async Task SampleAsync(CancellationToken cancellationToken)
    {
        ContainerStats sample = await _longRunning!.GetStatsAsync(cancellationToken);
        if (sample.TaskCount == 0)
            throw new PeerFailedException($"{Name}: no tasks");
    }

    public async Task LogAsync(string hostFile, int times, CancellationToken cancellationToken)
    {
        ContainerSpec spec = _true!.WithCommand([.. Enumerable.Repeat("/chunk", times).Prepend("/bin/cat")]).WithBind(hostFile, "/chunk", readOnly: true);
        await using Container container = await Engine.Containers.StartAsync(spec, cancellationToken);
        long characters = 0;
        await foreach (LogLine line in container.ReadLogsAsync(follow: true, cancellationToken: cancellationToken))
            characters += line.Text.Length + 1;
        await container.WaitAsync(cancellationToken);
        if (characters != new FileInfo(hostFile).Length * times)
            throw new PeerFailedException($"{Name}: the log has {characters} characters");
    }
}
