using System.Globalization;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Options;

/// <summary>Containers that root starts in a user namespace of their own: root inside is nobody outside.</summary>
public sealed class UserNamespaceTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    private const uint Start = 1_700_000_000;

    [Fact]
    public async Task Root_inside_is_an_ordinary_user_outside()
    {
        RequireRootToMap();
        await using Container container = await StartAsync(Script("cat /proc/self/uid_map; echo ready; sleep 86400").WithUserNamespace(Start, 5000));
        await WaitForLineAsync(container, "ready");

        int pid = (await container.InspectAsync(Token)).ProcessId!.Value;
        string[] status = await File.ReadAllLinesAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"), Token);

        Assert.Contains($"Uid:\t{Start}\t{Start}\t{Start}\t{Start}", status);
        Assert.Equal("0 1700000000 5000\n", await ShellAsync(container, "cat /proc/self/uid_map | tr -s ' ' | busybox sed 's/^ //'"));
        Assert.Equal("0\n", await ShellAsync(container, "id -u"));
    }

    [Fact]
    public async Task Files_of_the_image_have_the_owners_that_the_image_says()
    {
        RequireRootToMap();

        Assert.Equal("0 1000 of app\n", await OutputAsync(Script("echo $(busybox stat -c %u /bin/busybox) $(busybox stat -c %u /home/app/own) $(cat /home/app/own)").WithUserNamespace(Start)));
    }

    [Fact]
    public async Task Owners_can_be_changed_and_are_there_for_the_next_run()
    {
        RequireRootToMap();
        Container container = await Engine.Containers.CreateAsync(
            Script("test -e /tmp/file && busybox stat -c %u:%g /tmp/file || { touch /tmp/file; busybox chown 1000:2000 /tmp/file; echo made; }").WithUserNamespace(Start), Token);

        await container.StartAsync(Token);
        await container.WaitAsync(Token);
        await container.StartAsync(Token);
        await container.WaitAsync(Token);

        await WaitForLineAsync(container, "1000:2000");
        await container.RemoveAsync(cancellationToken: Token);
    }

    [Fact]
    public async Task Users_groups_streams_limits_and_mounts_work_as_without()
    {
        RequireRootToMap();
        ContainerSpec spec = Script("id -u; id -G; echo through > /dev/stdout; echo x > /scratch/x && cat /scratch/x; cat /proc/self/oom_score_adj; cat /proc/sys/kernel/shmmni")
            .WithUserNamespace(Start).WithUser("app").WithGroups("2001").WithTmpfs("/scratch").WithMemoryLimit(ByteSize.MiB(64)).WithPidsLimit(50)
            .WithOomScoreAdjustment(600).WithSysctl("kernel.shmmni", "99").WithInit();

        Assert.Equal("1000\n1000 2000 2001\nthrough\nx\n600\n99\n", await OutputAsync(spec));
    }

    [Fact]
    public async Task Further_commands_terminals_and_users_work_as_without()
    {
        RequireRootToMap();
        await using Container container = await StartAsync(Busybox.Spec("sleep", "86400").WithUserNamespace(Start).WithOomScoreAdjustment(500));

        Assert.Equal("1000\n", (await container.ExecAsync(ExecSpec.ForCommand("id", "-u").WithUser("app"), Token)).StandardOutput);
        Assert.Equal("through\n", (await container.ExecAsync(ExecSpec.ForCommand("sh", "-c", "echo through > /dev/stdout").WithUser("app"), Token)).StandardOutput);
        Assert.Equal("500\n", await ShellAsync(container, "cat /proc/self/oom_score_adj"));
        Assert.Contains("/dev/pts/0", (await container.ExecAsync(ExecSpec.ForCommand("busybox", "tty").WithTerminal(), Token)).StandardOutput, StringComparison.Ordinal);
    }

    /// <summary>What root owns on the host, root inside may neither change nor read when others may not.</summary>
    [Fact]
    public async Task Files_of_the_host_are_out_of_reach()
    {
        RequireRootToMap();
        string directory = Directory.CreateDirectory(Path.Combine(Busybox.Directory, "host-" + Guid.NewGuid().ToString("n"))).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "secret"), "secret", Token);
        File.SetUnixFileMode(Path.Combine(directory, "secret"), UnixFileMode.UserRead);

        ExecResult result = await RunAsync(Script("cat /host/secret; touch /host/new; busybox chown 0 /host/secret").WithBind(directory, "/host").WithUserNamespace(Start));

        Assert.Equal("", result.StandardOutput);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal(["secret"], Directory.GetFiles(directory).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public async Task Namespaces_are_joined_within_the_same_range_only()
    {
        RequireRootToMap();
        await using Container owner = await StartAsync(Busybox.Spec("sleep", "86400").WithUserNamespace(Start).WithIpcNamespace(NamespaceMode.Shareable));

        Assert.Equal(
            await ShellAsync(owner, "busybox readlink /proc/self/ns/net"),
            await OutputAsync(Script("busybox readlink /proc/self/ns/net").WithNetworkOf(owner.Id).WithIpcNamespace(NamespaceMode.OfContainer(owner)).WithUserNamespace(Start)));
        UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(Script("true").WithNetworkOf(owner.Id)));
        Assert.Contains("user namespace", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ordinary_user_is_told_that_it_needs_root()
    {
        Assert.SkipUnless(Engine.IsRootless, "missing capability: an ordinary user");

        UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(Script("true").WithUserNamespace(Start)));
        Assert.Contains("UserNamespace 1700000000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_can_be_opened_by_a_user_who_is_not_root()
    {
        Busybox.RequireUsers();

        Assert.Equal("through\n", await OutputAsync(Script("echo through > /dev/stdout").WithUser("app")));
    }

    private void RequireRootToMap()
    {
        RequireRoot("to choose the host's ids");
        Assert.SkipUnless(Environment.OSVersion.Version >= new Version(5, 19), "missing capability: Linux 5.19 for mapped overlay layers");
    }
}
