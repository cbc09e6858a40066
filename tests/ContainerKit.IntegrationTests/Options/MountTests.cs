using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Options;

/// <summary>Every option of binds and of file systems in memory.</summary>
public sealed class MountTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Bind_is_writable_or_read_only()
    {
        string source = MakeSource();

        await OutputAsync(Script("echo inside > /data/new").WithBind(source, "/data"));
        ExecResult refused = await RunAsync(Script("echo again > /data/new").WithBind(source, "/data", readOnly: true));

        Assert.Equal("inside\n", await File.ReadAllTextAsync(Path.Combine(source, "new"), Token));
        Assert.Contains("Read-only file system", refused.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bind_has_the_attributes_that_were_asked_for()
    {
        string source = MakeSource();

        string options = await OutputAsync(Script("grep ' /data ' /proc/self/mountinfo").WithBind(new BindMount(source, "/data") { NoExec = true, NoSuid = true, NoDev = true }));
        ExecResult execution = await RunAsync(Script("busybox cp /bin/busybox /data/true && /data/true").WithBind(new BindMount(source, "/data") { NoExec = true }));

        Assert.Contains("noexec", options, StringComparison.Ordinal);
        Assert.Contains("nosuid", options, StringComparison.Ordinal);
        Assert.Contains("nodev", options, StringComparison.Ordinal);
        Assert.Equal(126, execution.ExitCode);
    }

    [Fact]
    public async Task Missing_source_is_made_when_that_was_asked_for()
    {
        string source = Path.Combine(MakeSource(), "made", "deep");

        await OutputAsync(Script("echo x > /data/file").WithBind(new BindMount(source, "/data") { CreateSource = true }));
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => OutputAsync(Script("true").WithBind(source + "-not", "/data")));

        Assert.True(File.Exists(Path.Combine(source, "file")));
        Assert.Contains($"bind source '{source}-not'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mounts_below_a_source_come_along_unless_they_are_left_out()
    {
        RequireRoot("to mount on the host");
        string source = MakeSource();
        await using HostMount below = await HostMount.TmpfsAsync(Path.Combine(source, "below"), Token);
        await File.WriteAllTextAsync(Path.Combine(source, "below", "note"), "", Token);

        Assert.Equal("note\n", await OutputAsync(Script("ls /data/below").WithBind(source, "/data")));
        Assert.Equal("", await OutputAsync(Script("ls /data/below").WithBind(new BindMount(source, "/data") { NonRecursive = true })));
    }

    [Fact]
    public async Task Read_only_holds_for_the_mounts_below_unless_it_is_for_the_mount_itself_only()
    {
        RequireRoot("to mount on the host");
        string source = MakeSource();
        await using HostMount below = await HostMount.TmpfsAsync(Path.Combine(source, "below"), Token);

        ExecResult everything = await RunAsync(Script("touch /data/below/x").WithBind(source, "/data", readOnly: true));
        ExecResult top = await RunAsync(Script("touch /data/below/x && ! touch /data/x").WithBind(new BindMount(source, "/data", ReadOnly: true) { ReadOnlyNonRecursive = true }));

        Assert.Equal(1, everything.ExitCode);
        Assert.Equal(0, top.ExitCode);
    }

    [Theory]
    [InlineData(MountPropagation.Private, false)]
    [InlineData(MountPropagation.Slave, true)]
    [InlineData(MountPropagation.Shared, true)]
    public async Task Later_mount_of_the_host_is_seen_when_it_propagates(MountPropagation propagation, bool seen)
    {
        RequireRoot("to mount on the host");
        await using HostMount shared = await HostMount.SharedAsync(MakeSource(), Token);
        await using Container container = await StartAsync(Busybox.Spec("sleep", "86400").WithBind(new BindMount(shared.Path, "/data") { Propagation = propagation }));

        await using HostMount later = await HostMount.TmpfsAsync(Path.Combine(shared.Path, "later"), Token);
        await File.WriteAllTextAsync(Path.Combine(later.Path, "note"), "", Token);

        Assert.Equal(seen ? "note\n" : "", await ShellAsync(container, "ls /data/later"));
    }

    [Theory]
    [InlineData(MountPropagation.Private, false)]
    [InlineData(MountPropagation.Slave, false)]
    [InlineData(MountPropagation.Shared, true)]
    public async Task Mount_of_the_container_is_seen_on_the_host_only_when_it_is_shared(MountPropagation propagation, bool seen)
    {
        RequireRoot("to mount inside");
        await using HostMount shared = await HostMount.SharedAsync(MakeSource(), Token);
        Directory.CreateDirectory(Path.Combine(shared.Path, "inner"));
        await using Container container = await StartAsync(
            Script("mount -t tmpfs none /data/inner; touch /data/inner/note; echo ready; sleep 86400")
                .WithPrivileged().WithBind(new BindMount(shared.Path, "/data") { Propagation = propagation }));
        await WaitForLineAsync(container, "ready");

        Assert.Equal(seen, File.Exists(Path.Combine(shared.Path, "inner", "note")));
    }

    [Fact]
    public async Task Propagation_from_a_private_mount_is_refused_with_the_mount()
    {
        RequireRoot("to mount on the host");
        await using HostMount mount = await HostMount.TmpfsAsync(Path.Combine(MakeSource(), "private"), Token);
        await Capability.RunAsync("mount", ["--make-private", mount.Path], Token);

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(
            () => RunAsync(Script("true").WithBind(new BindMount(mount.Path, "/data") { Propagation = MountPropagation.Shared })));

        Assert.Contains($"bind propagation of {mount.Path} 'Shared'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_system_in_memory_has_its_size_mode_and_attributes()
    {
        string output = await OutputAsync(Script("busybox stat -c %a /scratch; df -k /scratch | tail -n 1 | tr -s ' ' | busybox cut -d ' ' -f 2; grep ' /scratch ' /proc/self/mountinfo")
            .WithTmpfs(new TmpfsMount("/scratch", ByteSize.MiB(2), (UnixFileMode)Convert.ToInt32("750", 8))));

        Assert.StartsWith("750\n2048\n", output, StringComparison.Ordinal);
        Assert.Contains("noexec", output, StringComparison.Ordinal);
        Assert.Contains("nosuid", output, StringComparison.Ordinal);
        Assert.Contains("nodev", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_system_in_memory_can_be_executable_owned_and_short_of_files()
    {
        if (Busybox.MapsUsers)
        {
            Assert.Equal("1000:2000\n", await OutputAsync(Script("busybox stat -c %u:%g /scratch").WithTmpfs(new TmpfsMount("/scratch") { UserId = 1000, GroupId = 2000 })));
        }

        Assert.Equal("run\n", await OutputAsync(Script("busybox cp /bin/busybox /scratch/echo; /scratch/echo run").WithTmpfs(TmpfsMount.Parse("/scratch", "exec,suid,dev"))));
        Assert.Contains("No space left", (await RunAsync(Script("for i in $(seq 20); do touch /scratch/$i; done").WithTmpfs(TmpfsMount.Parse("/scratch", "nr_inodes=10")))).StandardError, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync(Script("touch /scratch/x").WithTmpfs(new TmpfsMount("/scratch", ReadOnly: true)))).ExitCode);
    }

    [Fact]
    public async Task Mount_inside_a_bind_is_made_there()
    {
        string source = MakeSource();

        string output = await OutputAsync(Script("echo x > /data/a/b/memory; ls /data/a/b; cat /data/file").WithBind(source, "/data").WithTmpfs("/data/a/b").WithBind("/etc/hostname", "/data/file"));

        Assert.StartsWith("memory\n", output, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(source, "a", "b")));
        Assert.True(File.Exists(Path.Combine(source, "file")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(source, "a", "b")));
    }

    private string MakeSource()
    {
        string source = Path.Combine(Busybox.Directory, Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(source);
        return source;
    }

    /// <summary>A mount of the host, for root; undone at the end.</summary>
    private sealed class HostMount : IAsyncDisposable
    {
        private HostMount(string path) => Path = path;

        internal string Path { get; }

        internal static async Task<HostMount> TmpfsAsync(string path, CancellationToken cancellationToken)
        {
            Directory.CreateDirectory(path);
            await Capability.RunAsync("mount", ["-t", "tmpfs", "ck-test", path], cancellationToken);
            return new HostMount(path);
        }

        internal static async Task<HostMount> SharedAsync(string path, CancellationToken cancellationToken)
        {
            HostMount mount = await TmpfsAsync(path, cancellationToken);
            await Capability.RunAsync("mount", ["--make-shared", path], cancellationToken);
            return mount;
        }

        public async ValueTask DisposeAsync() => await Capability.RunAsync("umount", ["-R", "-l", Path], CancellationToken.None);
    }
}
