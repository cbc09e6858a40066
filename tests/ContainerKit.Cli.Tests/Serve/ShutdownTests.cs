using System.Formats.Tar;
using Xunit;

namespace ContainerKit.Cli.Tests.Serve;

/// <summary>What the end of a server means for its containers.</summary>
public sealed class ShutdownTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Containers_end_on_their_stop_signal_and_come_back_by_their_policy()
    {
        string? busybox = ((string[])["/bin/busybox", "/usr/bin/busybox"]).FirstOrDefault(File.Exists);
        if (busybox is null)
            Assert.Skip("missing capability: a static busybox");
        string directory = Path.Combine(Path.GetTempPath(), $"ckit-{Guid.NewGuid():N}"[..14]);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var options = new EngineOptions { DataRoot = Path.Combine(directory, "data"), ShutdownTimeout = Patience, PrepareContainers = false };
        try
        {
            Container container;
            await using (ContainerEngine engine = await ContainerEngine.OpenAsync(options, patience.Token))
            {
                await ImportAsync(engine, busybox, patience.Token);
                container = await engine.Containers.CreateAsync(
                    ContainerSpec.FromImage("app:1").WithNetwork(NetworkMode.None).WithRestartPolicy(RestartPolicy.UnlessStopped).WithStopTimeout(Patience)
                        .WithCommand("/bin/busybox", "sh", "-c", "trap 'exit 3' TERM; echo up; while :; do /bin/busybox sleep 0.1; done"),
                    patience.Token);
                await container.StartAsync(patience.Token);
                await foreach (LogLine line in container.ReadLogsAsync(follow: true, cancellationToken: patience.Token))
                {
                    Assert.Equal("up", line.Text);
                    break;
                }
            }

            await using (ContainerEngine engine = await ContainerEngine.OpenAsync(options with { ShutdownTimeout = TimeSpan.Zero }, patience.Token))
            {
                ContainerInfo ended = await (await engine.Containers.GetAsync(container.Id, patience.Token)).InspectAsync(patience.Token);
                Assert.Equal((ContainerStatus.Exited, 3), (ended.Status, ended.ExitStatus?.ExitCode));
            }

            await using (ContainerEngine engine = await ContainerEngine.OpenAsync(options with { ShutdownTimeout = TimeSpan.Zero, StartContainers = true }, patience.Token))
            {
                Container back = await engine.Containers.GetAsync(container.Id, patience.Token);
                Assert.Equal(ContainerStatus.Running, (await back.InspectAsync(patience.Token)).Status);
                await back.RemoveAsync(force: true, patience.Token);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task ImportAsync(ContainerEngine engine, string busybox, CancellationToken cancellationToken)
    {
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (string name in (string[])["bin", "dev", "proc", "sys"])
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, name) { Mode = (UnixFileMode)0x1ed }, cancellationToken);
            await tar.WriteEntryAsync(busybox, "bin/busybox", cancellationToken);
        }

        archive.Position = 0;
        await engine.Images.ImportAsync(archive, new ImageImportOptions { Reference = "app:1" }, cancellationToken);
    }
}
