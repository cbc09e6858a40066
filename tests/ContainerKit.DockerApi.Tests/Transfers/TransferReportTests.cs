using ContainerKit.DockerApi.Builds;
using ContainerKit.DockerApi.Transfers;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Transfers;

public sealed class TransferReportTests
{
    [Fact]
    public void A_layer_is_reported_so_often_as_its_bar_moves()
    {
        List<ProgressLine> lines = [];
        var report = new TransferReport(stage => stage.ToString(), lines.Add);
        Digest layer = Digest.Compute([1]);

        report.Report(new ImageTransferProgress(layer, ImageTransferStage.Waiting, 0, 100_000));
        for (int done = 0; done <= 100_000; done++)
            report.Report(new ImageTransferProgress(layer, ImageTransferStage.Downloading, done, 100_000));
        report.Report(new ImageTransferProgress(layer, ImageTransferStage.Complete, 100_000, 100_000));

        Assert.InRange(lines.Count, 50, 60);
        Assert.Equal(("Waiting", "Complete"), (lines[0].Status, lines[^1].Status));
        Assert.Equal(layer.Hex[..12], lines[0].Id);
    }

    [Fact]
    public void What_nobody_reads_of_a_build_does_not_fill_the_memory()
    {
        var queue = new BuildOutputQueue(quiet: false);
        var step = new BuildStep(1, 1, "0", "RUN yes", 1);
        byte[] output = new byte[64 * 1024];
        Array.Fill(output, (byte)'y');

        for (int i = 0; i < 1024; i++)
            queue.Report(new BuildOutputEvent(step, LogStream.StandardOutput, output));

        Assert.InRange(queue.QueuedBytes, 1, BuildOutputQueue.MaximumQueuedBytes);
    }
}
