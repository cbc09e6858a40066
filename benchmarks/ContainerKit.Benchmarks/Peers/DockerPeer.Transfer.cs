using ContainerKit.Benchmarks.Machine;
using ContainerKit.Benchmarks.Transfer;

namespace ContainerKit.Benchmarks.Peers;

/// <content>Copies, logs and statistics.</content>
internal sealed partial class DockerPeer : ITransferPeer
{
    private const string Writer = "ckbench-writer";

    public Task CopyInAsync(string hostDirectory, string containerDirectory, CancellationToken cancellationToken)
        => Client.With("cp", "--quiet", hostDirectory + "/.", $"{LongRunning}:{containerDirectory}").CaptureSuccessAsync(cancellationToken);

    public Task CopyOutAsync(string containerDirectory, string hostDirectory, CancellationToken cancellationToken)
        => Client.With("cp", "--quiet", $"{LongRunning}:{containerDirectory}/.", hostDirectory).CaptureSuccessAsync(cancellationToken);

    public Task RemoveFilesAsync(string containerDirectory, CancellationToken cancellationToken)
        => Client.With("exec", LongRunning, "/bin/busybox", "rm", "-r", containerDirectory).CaptureSuccessAsync(cancellationToken);

    public async Task SampleAsync(CancellationToken cancellationToken)
    {
        string sample = await Client.With("stats", "--no-stream", "--format", "{{.PIDs}}", LongRunning).CaptureSuccessAsync(cancellationToken);
        if (sample is "" or "0" or "--")
            throw new PeerFailedException($"{Name}: no tasks");
    }

    public async Task LogAsync(string hostFile, int times, CancellationToken cancellationToken)
    {
        await Client.With(["run", "--detach", "--name", Writer, "--network", "none", "--volume", $"{hostFile}:/chunk:ro", Image, "/bin/cat", .. Enumerable.Repeat("/chunk", times)])
            .CaptureSuccessAsync(cancellationToken);
        try
        {
            using var follower = Client.With("logs", "--follow", Writer).Start(captured: true);
            follower.StandardInput.Close();
            var buffer = new byte[1 << 20];
            long length = 0;
            while (await follower.StandardOutput.BaseStream.ReadAsync(buffer, cancellationToken) is var read and > 0)
                length += read;
            await follower.WaitForExitAsync(cancellationToken);
            if (length != new FileInfo(hostFile).Length * times)
                throw new PeerFailedException($"{Name}: the follower got {length} bytes");
        }
        finally
        {
            await Client.With("rm", "--force", Writer).CaptureAsync(CancellationToken.None);
        }
    }
}
