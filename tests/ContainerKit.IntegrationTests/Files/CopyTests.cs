using System.Formats.Tar;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Files;

/// <summary>Copying into and out of containers that run and that don't.</summary>
public sealed class CopyTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_is_copied_in_and_out_again(bool running)
    {
        await using Box box = await CreateAsync(running);
        string source = Write("source", "content\n");
        File.SetUnixFileMode(source, (UnixFileMode)Convert.ToInt32("640", 8));

        await box.Container.CopyToAsync(source, "/tmp", cancellationToken: Token);
        await box.Container.CopyToAsync(source, "/etc/named", cancellationToken: Token);
        await box.Container.CopyFromAsync("/etc/named", Path.Combine(busybox.Directory, "back-" + running), cancellationToken: Token);

        Assert.Equal("content\n", File.ReadAllText(Path.Combine(busybox.Directory, "back-" + running)));
        Assert.Equal("content\n640 0 0\n640 0 0\n", await box.RunAsync("cat /tmp/source; stat -c '%a %u %g' /tmp/source /etc/named"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Directories_go_where_docker_cp_puts_them(bool running)
    {
        await using Box box = await CreateAsync(running);
        string tree = Directory.CreateDirectory(Path.Combine(Fresh(), "tree")).FullName;
        File.WriteAllText(Path.Combine(tree, "file"), "x");

        await box.Container.CopyToAsync(tree, "/tmp/made", cancellationToken: Token);
        await box.Container.CopyToAsync(tree, "/tmp/made", cancellationToken: Token);
        await box.Container.CopyToAsync(tree + "/.", "/home", cancellationToken: Token);
        await box.Container.CopyToAsync(tree, "/home/", cancellationToken: Token);

        Assert.Equal("x x x x\n", await box.RunAsync("echo $(cat /tmp/made/file; echo) $(cat /tmp/made/tree/file; echo) $(cat /home/file; echo) $(cat /home/tree/file)"));

        string target = Fresh();
        await box.Container.CopyFromAsync("/tmp/made", target, cancellationToken: Token);
        await box.Container.CopyFromAsync("/tmp/made/.", target, cancellationToken: Token);
        await box.Container.CopyFromAsync("/tmp/made", Path.Combine(target, "new"), cancellationToken: Token);
        Assert.Equal(
            ["file", "made", "made/file", "made/tree", "made/tree/file", "new", "new/file", "new/tree", "new/tree/file", "tree", "tree/file"],
            Directory.EnumerateFileSystemEntries(target, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(target, path)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_can_not_be_copied_is_a_clear_error(bool running)
    {
        await using Box box = await CreateAsync(running);
        string file = Write("some", "x");
        string tree = Fresh();

        await Assert.ThrowsAsync<NotFoundException>(() => box.Container.CopyToAsync(tree + "/missing", "/tmp", cancellationToken: Token));
        await Assert.ThrowsAsync<NotFoundException>(() => box.Container.CopyToAsync(file, "/missing/name", cancellationToken: Token));
        await Assert.ThrowsAsync<NotFoundException>(() => box.Container.CopyToAsync(file, "/missing/", cancellationToken: Token));
        await Assert.ThrowsAsync<ConflictException>(() => box.Container.CopyToAsync(tree, "/etc/plain", cancellationToken: Token));
        await Assert.ThrowsAsync<NotFoundException>(() => box.Container.CopyFromAsync("/missing", tree, cancellationToken: Token));
        await Assert.ThrowsAsync<ConflictException>(() => box.Container.CopyFromAsync("/etc", file, cancellationToken: Token));
        await Assert.ThrowsAsync<ArgumentException>(() => box.Container.CopyToAsync(file, "/tmp", new CopyToOptions { Owner = "nobody-here" }, Token));
        Assert.Equal("", await box.RunAsync("ls /tmp"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Owners_are_chosen_by_name_or_kept_from_an_archive(bool running)
    {
        await using Box box = await CreateAsync(running);
        busybox.RequireUsers();
        string file = Write("owned", "x");

        await box.Container.CopyToAsync(file, "/tmp/app", new CopyToOptions { Owner = "app" }, Token);
        await box.Container.CopyToAsync(file, "/tmp/media", new CopyToOptions { Owner = "1001:media" }, Token);
        using MemoryStream archive = Archive(("dir/", 7, null), ("dir/inner", 8, "inner"));
        await box.Container.CopyToAsync(archive, "/home/app", cancellationToken: Token);

        Assert.Equal("1000:1000\n1001:2000\n7:7\n8:8\n", await box.RunAsync("stat -c %u:%g /tmp/app /tmp/media /home/app/dir /home/app/dir/inner"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_of_other_users_are_read_whatever_their_modes_say(bool running)
    {
        await using Box box = await CreateAsync(running);
        busybox.RequireUsers();
        using var archive = new MemoryStream();
        await box.Container.CopyFromAsync("/home/app", archive, Token);

        archive.Position = 0;
        using var reader = new TarReader(archive);
        List<string> entries = [];
        while (await reader.GetNextEntryAsync(cancellationToken: Token) is { } entry)
        {
            entries.Add($"{entry.Name} {entry.Uid}:{entry.Gid} {Convert.ToString((int)entry.Mode, 8)} {entry.Length}");
        }

        Assert.Equal(["app/ 1000:1000 750 0", "app/own 1000:1000 640 7"], entries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_path_tells_what_it_is(bool running)
    {
        await using Box box = await CreateAsync(running);

        ContainerPathInfo link = await box.Container.GetPathInfoAsync("/bin/sh", Token);
        Assert.Equal(("sh", ContainerPathType.SymbolicLink, "/bin/busybox"), (link.Name, link.Type, link.LinkTarget));
        ContainerPathInfo file = await box.Container.GetPathInfoAsync("etc/plain", Token);
        Assert.Equal(("plain", ContainerPathType.File, 14L, (UnixFileMode)Convert.ToInt32("644", 8)), (file.Name, file.Type, file.Size, file.Mode));
        Assert.Equal("/", (await box.Container.GetPathInfoAsync("/", Token)).Name);
        await Assert.ThrowsAsync<NotFoundException>(() => box.Container.GetPathInfoAsync("/bin/missing", Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Binds_are_part_of_the_files_and_a_read_only_root_is_not_written(bool running)
    {
        BusyboxFixture.RequireBusybox();
        string bound = Fresh();
        File.WriteAllText(Path.Combine(bound, "in"), "bound");
        await using Box box = await CreateAsync(running, spec => spec.WithBind(bound, "/data").WithBind(bound, "/fixed", readOnly: true).WithReadOnlyRoot());
        string file = Write("some", "x");

        await box.Container.CopyToAsync(file, "/data", cancellationToken: Token);
        Assert.Equal("x", File.ReadAllText(Path.Combine(bound, "some")));
        string target = Fresh();
        await box.Container.CopyFromAsync("/data/in", target, cancellationToken: Token);
        Assert.Equal("bound", File.ReadAllText(Path.Combine(target, "in")));
        await Assert.ThrowsAsync<InvalidStateException>(() => box.Container.CopyToAsync(file, "/etc", cancellationToken: Token));
        await Assert.ThrowsAsync<InvalidStateException>(() => box.Container.CopyToAsync(file, "/fixed", cancellationToken: Token));
    }

    [Fact]
    public async Task A_tmpfs_of_a_running_container_can_be_reached_and_the_kernels_files_not()
    {
        await using Box box = await CreateAsync(running: true, spec => spec.WithTmpfs("/run/fast"));
        string file = Write("some", "x");

        await box.Container.CopyToAsync(file, "/run/fast", cancellationToken: Token);
        Assert.Equal("x", await box.RunAsync("cat /run/fast/some"));
        await Assert.ThrowsAsync<UnsupportedException>(() => box.Container.CopyFromAsync("/proc/self", Fresh(), cancellationToken: Token));
        using var whole = new MemoryStream();
        await box.Container.CopyFromAsync("/", whole, Token);
        Assert.InRange(whole.Length, 1, 64 << 20);
    }

    [Fact]
    public async Task A_program_that_was_copied_in_can_be_executed_at_once()
    {
        await using Box box = await CreateAsync(running: true);
        string program = Write("program", "#!/bin/sh\necho started\n");
        File.SetUnixFileMode(program, (UnixFileMode)Convert.ToInt32("755", 8));
        for (int round = 0; round < 20; round++)
        {
            await box.Container.CopyToAsync(program, "/bin/program", cancellationToken: Token);
            Assert.Equal("started\n", (await box.Container.ExecAsync(["/bin/program"], Token)).StandardOutput);
        }
    }

    private static MemoryStream Archive(params (string Name, int Owner, string? Content)[] entries)
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach ((string name, int owner, string? content) in entries)
            {
                var entry = new PaxTarEntry(content is null ? TarEntryType.Directory : TarEntryType.RegularFile, name) { Uid = owner, Gid = owner };
                if (content is not null)
                {
                    entry.DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(content));
                }

                writer.WriteEntry(entry);
            }
        }

        archive.Position = 0;
        return archive;
    }

    private async Task<Box> CreateAsync(bool running, Func<ContainerSpec, ContainerSpec>? change = null)
    {
        ContainerSpec spec = busybox.Spec("sleep", "1000000");
        Container container = await busybox.Engine.Containers.CreateAsync(change?.Invoke(spec) ?? spec, Token);
        if (running)
        {
            await container.StartAsync(Token);
        }

        return new Box(container);
    }

    private string Write(string name, string content)
    {
        string path = Path.Combine(Fresh(), name);
        File.WriteAllText(path, content);
        return path;
    }

    private string Fresh() => Directory.CreateDirectory(Path.Combine(busybox.Directory, Guid.NewGuid().ToString("n"))).FullName;

    private sealed record Box(Container Container) : IAsyncDisposable
    {
        /// <summary>Looks from inside, for which a container that did not run is started.</summary>
        internal async Task<string> RunAsync(string script)
        {
            if ((await Container.InspectAsync(Token)).Status != ContainerStatus.Running)
            {
                await Container.StartAsync(Token);
            }

            ExecResult result = await Container.ExecAsync(["sh", "-c", script], Token);
            Assert.Equal("", result.StandardError);
            return result.StandardOutput;
        }

        public async ValueTask DisposeAsync() => await Container.RemoveAsync(force: true, CancellationToken.None);
    }
}
