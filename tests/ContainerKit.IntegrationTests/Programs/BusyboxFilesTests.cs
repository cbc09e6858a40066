using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>What a container sees of the host's files, and what it can write.</summary>
public sealed class BusyboxFilesTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bind_shows_the_hosts_files_and_writes_them()
    {
        string source = CreateDirectory();
        File.WriteAllText(Path.Combine(source, "in"), "from the host\n");

        ExecResult result = await busybox.RunAsync(busybox.Script("cat '/new dir/data/in'; echo from inside > '/new dir/data/out'").WithBind(source, "/new dir/data"));

        Assert.Equal(("from the host\n", ""), (result.StandardOutput, result.StandardError));
        Assert.Equal("from inside\n", File.ReadAllText(Path.Combine(source, "out")));
    }

    [Fact]
    public async Task A_read_only_bind_is_read_only_also_for_root()
    {
        string source = CreateDirectory();
        File.WriteAllText(Path.Combine(source, "in"), "from the host\n");

        ExecResult result = await busybox.RunAsync(busybox.Script("cat /data/in; echo x > /data/in; mount -o remount,rw /data; echo x > /data/out").WithBind(source, "/data", readOnly: true));

        Assert.Equal("from the host\n", result.StandardOutput);
        Assert.Contains("Read-only file system", result.StandardError, StringComparison.Ordinal);
        Assert.Equal(["in"], Directory.GetFiles(source).Select(Path.GetFileName));
        Assert.Equal("from the host\n", File.ReadAllText(Path.Combine(source, "in")));
    }

    [Fact]
    public async Task A_single_file_can_be_bound_over_one_of_the_image()
    {
        string file = Path.Combine(CreateDirectory(), "plain");
        File.WriteAllText(file, "bound\n");

        ExecResult result = await busybox.RunAsync(busybox.Script("cat /etc/plain; ls /etc/group").WithBind(file, "/etc/plain", readOnly: true));

        Assert.Equal("bound\n/etc/group\n", result.StandardOutput);
    }

    [Fact]
    public async Task A_tmpfs_is_empty_limited_and_gone_afterwards()
    {
        ContainerSpec spec = busybox.Script("ls -A /home; stat -c %a /home; touch /home/x && stat -f -c %T /home; dd if=/dev/zero of=/home/big bs=1024 count=2048 2>&1 | grep -o 'No space left.*'")
            .WithTmpfs("/home", ByteSize.MiB(1));
        Container container = await busybox.Engine.Containers.CreateAsync(spec, Token);
        for (int run = 1; run <= 2; run++)
        {
            await container.StartAsync(Token);
            await container.WaitAsync(Token);
        }

        List<LogLine> lines = await container.ReadLogsAsync(cancellationToken: Token).ToListAsync(Token);
        await container.RemoveAsync(cancellationToken: Token);

        string[] once = ["1777", "tmpfs", "No space left on device"];
        Assert.Equal([.. once, .. once], lines.Select(line => line.Text));
    }

    [Fact]
    public async Task Tmpfs_options_are_those_of_the_mount()
    {
        ContainerSpec spec = busybox.Script("cp /bin/busybox /run/fast/sh; /run/fast/sh -c true; echo $?; cp /bin/busybox /run/code/sh; /run/code/sh -c true; echo $?; stat -c %a /run/code; touch /run/fixed/x; echo $?")
            .WithTmpfs("/run/fast")
            .WithTmpfs(new TmpfsMount("/run/code", Mode: (UnixFileMode)Convert.ToInt32("700", 8), NoExec: false))
            .WithTmpfs(new TmpfsMount("/run/fixed", ReadOnly: true));

        ExecResult result = await busybox.RunAsync(spec);

        Assert.Equal("126\n0\n700\n1\n", result.StandardOutput);
        Assert.Contains("Read-only file system", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_root_leaves_binds_and_tmpfs_writable()
    {
        string source = CreateDirectory();
        ContainerSpec spec = busybox.Script("touch /etc/x /new || echo refused; mount -o remount,rw /; touch /new; touch /tmp/x /data/x && echo written; echo x > /dev/null && echo null")
            .WithReadOnlyRoot().WithTmpfs("/tmp").WithBind(source, "/data");

        ExecResult result = await busybox.RunAsync(spec);

        Assert.Equal("refused\nwritten\nnull\n", result.StandardOutput);
        Assert.Contains("Read-only file system", result.StandardError, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(source, "x")));
    }

    [Fact]
    public async Task Containers_of_an_image_do_not_see_each_others_files_and_a_restart_keeps_them()
    {
        Container container = await busybox.Engine.Containers.CreateAsync(busybox.Script("cat /etc/mark; echo mine > /etc/mark; echo changed >> /etc/plain"), Token);
        await container.StartAsync(Token);
        await container.WaitAsync(Token);
        ExecResult other = await busybox.RunAsync(busybox.Script("cat /etc/plain; ls /etc/mark"));
        await container.StartAsync(Token);
        await container.WaitAsync(Token);
        List<LogLine> lines = await container.ReadLogsAsync(cancellationToken: Token).ToListAsync(Token);
        await container.RemoveAsync(cancellationToken: Token);

        Assert.Equal("not a program\n", other.StandardOutput);
        Assert.Equal(["mine"], lines.Where(line => line.Stream == LogStream.StandardOutput).Select(line => line.Text));
    }

    private string CreateDirectory()
    {
        string path = Path.Combine(busybox.Directory, Guid.NewGuid().ToString("n"));
        return Directory.CreateDirectory(path).FullName;
    }
}
