using System.Formats.Tar;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Files;

/// <summary>Diff, export and commit of what a container did.</summary>
public sealed class ChangesTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    private const string Script = """
        echo new > /etc/new; busybox rm /etc/plain; echo x >> /etc/group
        busybox mkdir /made; echo deep > /made/file; busybox ln /made/file /made/link; busybox ln -s file /made/soft
        busybox rm -r /home/app; busybox mkdir /home/app; echo again > /home/app/again
        echo done; sleep 1000000
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Diff_names_what_was_added_changed_and_deleted(bool running)
    {
        Container container = await RunAsync(running);

        IReadOnlyList<FileChange> changes = await container.GetChangesAsync(Token);
        await container.RemoveAsync(force: true, Token);

        string[] expected =
        [
            "C /etc", "C /etc/group", "A /etc/new", "D /etc/plain", "C /home", "C /home/app", "A /home/app/again", "D /home/app/own",
            "A /made", "A /made/file", "A /made/link", "A /made/soft",
        ];
        Assert.Equal(expected, changes.Select(change => $"{"CAD"[(int)change.Kind]} {change.Path}"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Export_is_the_whole_root_without_mounts(bool running)
    {
        Container container = await RunAsync(running);
        using var archive = new MemoryStream();
        await container.ExportAsync(archive, Token);
        await container.RemoveAsync(force: true, Token);

        archive.Position = 0;
        using var reader = new TarReader(archive);
        Dictionary<string, TarEntry> entries = [];
        while (await reader.GetNextEntryAsync(copyData: true, Token) is { } entry)
        {
            entries.Add(entry.Name, entry);
        }

        Assert.DoesNotContain("etc/plain", entries.Keys);
        Assert.DoesNotContain("home/app/own", entries.Keys);
        Assert.Equal("new\n", new StreamReader(entries["etc/new"].DataStream!).ReadToEnd());
        Assert.Equal(TarEntryType.HardLink, entries["made/link"].EntryType);
        Assert.Equal(busybox.MapsUsers ? 1000 : 0, busybox.MapsUsers ? 1000 : entries["home/"].Uid);
        Assert.Equal(["dev/", "etc/hostname", "etc/hosts", "etc/resolv.conf", "proc/", "sys/"], entries.Keys.Where(IsMountPoint).Order(StringComparer.Ordinal));
        Assert.True(entries["bin/busybox"].Length > 100_000);

        static bool IsMountPoint(string name) => name.StartsWith("proc", StringComparison.Ordinal) || name.StartsWith("sys", StringComparison.Ordinal)
            || name.StartsWith("dev", StringComparison.Ordinal) || name is "etc/hostname" or "etc/hosts" or "etc/resolv.conf";
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_committed_image_has_the_changes_and_the_configuration(bool running)
    {
        Container container = await RunAsync(running);
        Image image = await container.CommitAsync(
            "committed:" + (running ? 1 : 2), new CommitOptions { Author = "me", Message = "why", Changes = ["ENV ADDED=yes", "CMD [\"sh\", \"-c\", \"echo $ADDED $KEPT\"]"] }, Token);
        if (running)
        {
            Assert.Equal("done\n", (await container.ExecAsync(["echo", "done"], Token)).StandardOutput); // it goes on
        }

        await container.RemoveAsync(force: true, Token);

        Assert.Equal(2, image.Layers.Count);
        Assert.Equal("me", image.Configuration.Author);
        ImageHistoryEntry step = (await busybox.Engine.Images.GetHistoryAsync(image.ToString(), Token))[0];
        Assert.Equal(("why", "me", image.Layers[1]), (step.Comment, step.Author, step.DiffId!.Value));
        Assert.Equal("yes value\n", (await busybox.RunAsync(ContainerSpec.FromImage(image))).StandardOutput);
        ExecResult files = await busybox.RunAsync(ContainerSpec.FromImage(image).WithCommand(
            "sh", "-c", "cat /etc/new; ls /etc/plain; ls -A /home/app; cat /made/soft; stat -c %h /made/link; tail -n 1 /etc/group"));
        Assert.Equal("new\nagain\ndeep\n2\nx\n", files.StandardOutput);
        Assert.Contains("/etc/plain", files.StandardError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task The_same_changes_make_the_same_layer_which_survives_save_and_load(string codec)
    {
        LayerCompression compression = codec switch { "gzip" => LayerCompression.Gzip(1), "zstd" => LayerCompression.Zstd(), _ => LayerCompression.None };
        Container container = await RunAsync(running: false);
        Image first = await container.CommitAsync("layer:first", new CommitOptions { Compression = compression }, Token);
        Image second = await container.CommitAsync("layer:second", new CommitOptions { Compression = compression }, Token);
        await container.RemoveAsync(cancellationToken: Token);
        Assert.Equal(first.Layers, second.Layers);

        string file = Path.Combine(busybox.Directory, $"saved-{codec}.tar");
        await busybox.Engine.Images.SaveAsync(["layer:first"], file, cancellationToken: Token);
        await busybox.Engine.Images.RemoveAsync("layer:first", Token);
        await busybox.Engine.Images.RemoveAsync("layer:second", Token);
        Image loaded = Assert.Single(await busybox.Engine.Images.LoadAsync(file, Token));

        Assert.Equal(first.Layers, loaded.Layers);
        Assert.Equal("deep\n", (await busybox.RunAsync(ContainerSpec.FromImage(loaded).WithCommand("cat", "/made/link"))).StandardOutput);
        await busybox.Engine.Images.RemoveAsync("layer:first", Token);
    }

    [Fact]
    public async Task A_squashed_image_runs_like_the_one_that_it_was_made_of()
    {
        Container container = await RunAsync(running: false);
        await container.CommitAsync("tall:1", cancellationToken: Token);
        await container.RemoveAsync(cancellationToken: Token);

        Image flat = await busybox.Engine.Images.SquashAsync("tall:1", "flat:1", Token);

        Assert.Single(flat.Layers);
        ExecResult files = await busybox.RunAsync(ContainerSpec.FromImage(flat).WithCommand("sh", "-c", "ls -A /home/app; cat /made/soft; stat -c %h /made/link; ls /etc/plain"));
        Assert.Equal("again\ndeep\n2\n", files.StandardOutput);
    }

    [Fact]
    public async Task A_container_of_a_directory_can_not_be_committed()
    {
        Image machine = await busybox.Engine.Images.FromDirectoryAsync("/", Token);
        Container container = await busybox.Engine.Containers.CreateAsync(ContainerSpec.FromImage(machine).WithCommand("true"), Token);
        await Assert.ThrowsAsync<UnsupportedException>(() => container.CommitAsync("no:1", cancellationToken: Token));
        await container.RemoveAsync(cancellationToken: Token);
    }

    private async Task<Container> RunAsync(bool running)
    {
        Container container = await busybox.Engine.Containers.CreateAsync(busybox.Script(Script).WithEnvironment("KEPT", "value"), Token);
        await container.StartAsync(Token);
        await foreach (LogLine line in container.ReadLogsAsync(follow: true, cancellationToken: Token))
        {
            Assert.Equal("done", line.Text);
            break;
        }

        if (!running)
        {
            await container.KillAsync(cancellationToken: Token);
            await container.WaitAsync(Token);
        }

        return container;
    }
}
