using System.Globalization;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Options;

/// <summary>Namespaces of the host and of other containers.</summary>
public sealed class NamespaceTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Everything_is_the_containers_own_by_default()
    {
        foreach (string kind in new[] { "pid", "ipc", "uts", "cgroup", "net", "mnt" })
        {
            Assert.NotEqual(Own(kind), await OutputAsync(Show(kind)));
        }
    }

    [Fact]
    public async Task Host_pid_namespace_shows_the_processes_of_the_machine()
    {
        ContainerSpec spec = Script($"busybox readlink /proc/self/ns/pid; test -d /proc/{Environment.ProcessId} && echo seen").WithPidNamespace(NamespaceMode.Host);
        if (Engine.IsRootless)
        {
            UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => OutputAsync(spec));
            Assert.Contains("PidNamespace 'host'", refused.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(Own("pid") + "seen\n", await OutputAsync(spec));
    }

    /// <summary>There is no first process whose end takes the others along; the cgroup does.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Processes_in_the_host_pid_namespace_end_with_the_container(bool init)
    {
        RequireRoot("a pid namespace of the host without a delegated cgroup is refused");
        string marker = (7_000_000 + Random.Shared.Next(1_000_000)).ToString(CultureInfo.InvariantCulture);

        await OutputAsync(Script($"sleep {marker} > /dev/null 2>&1 &").WithPidNamespace(NamespaceMode.Host).WithInit(init));

        Assert.DoesNotContain(Directory.GetDirectories("/proc"), process => CommandLine(process).Contains(marker, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Container_pid_namespace_is_shared()
    {
        await using Container first = await StartAsync(Busybox.Spec("sleep", "86400"));
        await using Container second = await StartAsync(Script("cat /proc/1/cmdline; echo; sleep 86401").WithPidNamespace(NamespaceMode.OfContainer(first)));
        await WaitForLineAsync(second, "sleep\086400\0");

        Assert.Equal(await ShellAsync(first, "busybox readlink /proc/self/ns/pid"), await ShellAsync(second, "busybox readlink /proc/self/ns/pid"));
        Assert.Contains("86401", await ShellAsync(first, "cat /proc/[0-9]*/cmdline"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_in_anothers_pid_namespace_ends_with_it()
    {
        await using Container first = await StartAsync(Busybox.Spec("sleep", "86400"));
        await using Container second = await StartAsync(Busybox.Spec("sleep", "86400").WithPidNamespace(NamespaceMode.OfContainer(first)).WithInit());

        await first.KillAsync(cancellationToken: Token);

        Assert.Equal(137, (await second.WaitAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task Shareable_ipc_namespace_is_joined_with_its_shared_memory()
    {
        await using Container owner = await StartAsync(Script("echo hello > /dev/shm/note; echo ready; sleep 86400").WithIpcNamespace(NamespaceMode.Shareable));
        await WaitForLineAsync(owner, "ready");

        string seen = await OutputAsync(Script("busybox readlink /proc/self/ns/ipc; cat /dev/shm/note; echo back > /dev/shm/answer").WithIpcNamespace(NamespaceMode.OfContainer(owner)));

        Assert.Equal(await ShellAsync(owner, "busybox readlink /proc/self/ns/ipc") + "hello\n", seen);
        Assert.Equal("back\n", await ShellAsync(owner, "cat /dev/shm/answer"));
    }

    [Fact]
    public async Task Private_ipc_namespace_is_not_to_be_joined()
    {
        await using Container owner = await StartAsync(Busybox.Spec("sleep", "86400"));

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => OutputAsync(Show("ipc").WithIpcNamespace(NamespaceMode.OfContainer(owner.Name))));

        Assert.Contains("IpcNamespace 'container:", refused.Message, StringComparison.Ordinal);
        Assert.Contains("shareable", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>The owner can put what it likes at the place; the joining container gets it, and nothing of the host.</summary>
    [Fact]
    public async Task Link_in_the_place_of_shared_memory_leads_nowhere()
    {
        RequireRoot("for mounts inside");
        await using Container owner = await StartAsync(
            Script("umount /dev/shm 2>/dev/null || busybox umount /dev/shm; busybox rmdir /dev/shm; busybox ln -s /proc/self/root/etc /dev/shm; echo ready; sleep 86400")
                .WithIpcNamespace(NamespaceMode.Shareable).WithPrivileged());
        await WaitForLineAsync(owner, "ready");

        await Assert.ThrowsAsync<ContainerStartException>(() => OutputAsync(Script("ls /dev/shm").WithIpcNamespace(NamespaceMode.OfContainer(owner))));
    }

    [Fact]
    public async Task Host_ipc_namespace_has_the_hosts_shared_memory()
    {
        string note = Path.Combine("/dev/shm", "ck-" + Guid.NewGuid().ToString("n"));
        await File.WriteAllTextAsync(note, "of the host\n", Token);
        try
        {
            Assert.Equal(Own("ipc") + "of the host\n", await OutputAsync(Script($"busybox readlink /proc/self/ns/ipc; cat {note}").WithIpcNamespace(NamespaceMode.Host)));
        }
        finally
        {
            File.Delete(note);
        }
    }

    [Fact]
    public async Task Ipc_namespace_without_shared_memory()
        => Assert.Equal("none\n", await OutputAsync(Script("test -e /dev/shm || echo none").WithIpcNamespace(NamespaceMode.None)));

    [Fact]
    public async Task Host_names_are_the_hosts_in_its_uts_namespace()
        => Assert.Equal(Own("uts") + Environment.MachineName + "\n", await OutputAsync(Script("busybox readlink /proc/self/ns/uts; hostname").WithUtsNamespace(NamespaceMode.Host)));

    [Fact]
    public async Task Cgroup_namespace_of_the_host_shows_the_whole_path()
    {
        string[] lines = (await OutputAsync(Script("busybox readlink /proc/self/ns/cgroup; cat /proc/self/cgroup").WithCgroupNamespace(NamespaceMode.Host))).Split('\n');

        Assert.Equal(Own("cgroup").TrimEnd(), lines[0]);
        if (!Engine.IsRootless)
        {
            Assert.Contains(lines, line => line.Contains("containerkit", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Network_of_a_container_is_shared_with_its_host_name()
    {
        await using Container owner = await StartAsync(Busybox.Spec("sleep", "86400").WithHostname("owner"));

        string seen = await OutputAsync(Script("busybox readlink /proc/self/ns/net; hostname; echo $HOSTNAME").WithNetworkOf(owner.Name));

        Assert.Equal(await ShellAsync(owner, "busybox readlink /proc/self/ns/net") + "owner\nowner\n", seen);
    }

    [Fact]
    public async Task Network_of_a_container_on_the_hosts_network_is_the_hosts()
    {
        await using Container owner = await StartAsync(Busybox.Spec("sleep", "86400").WithNetwork(NetworkMode.Host));

        Assert.Equal(Own("net"), await OutputAsync(Show("net").WithNetworkOf(owner.Id)));
    }

    [Fact]
    public async Task Further_commands_are_in_the_namespaces_of_the_container()
    {
        await using Container owner = await StartAsync(Busybox.Spec("sleep", "86400").WithIpcNamespace(NamespaceMode.Shareable));
        await using Container guest = await StartAsync(Busybox.Spec("sleep", "86400")
            .WithNetworkOf(owner.Id).WithPidNamespace(NamespaceMode.OfContainer(owner)).WithIpcNamespace(NamespaceMode.OfContainer(owner))
            .WithCgroupNamespace(NamespaceMode.Host));

        foreach (string kind in new[] { "pid", "ipc", "net" })
        {
            Assert.Equal(await ShellAsync(owner, "busybox readlink /proc/self/ns/" + kind), await ShellAsync(guest, "busybox readlink /proc/self/ns/" + kind));
        }

        Assert.Equal(Own("cgroup"), await ShellAsync(guest, "busybox readlink /proc/self/ns/cgroup"));
    }

    [Fact]
    public async Task Container_that_does_not_run_or_does_not_exist_is_named()
    {
        Container owner = await Engine.Containers.CreateAsync(Busybox.Spec("true"), Token);

        InvalidStateException idle = await Assert.ThrowsAsync<InvalidStateException>(() => OutputAsync(Show("net").WithNetworkOf(owner.Id)));
        NotFoundException missing = await Assert.ThrowsAsync<NotFoundException>(() => OutputAsync(Show("pid").WithPidNamespace(NamespaceMode.OfContainer("nobody-here"))));

        Assert.Contains(owner.Name, idle.Message, StringComparison.Ordinal);
        Assert.Contains("PidNamespace: there is no container 'nobody-here'", missing.Message, StringComparison.Ordinal);
        await owner.RemoveAsync(cancellationToken: Token);
    }

    private ContainerSpec Show(string kind) => Script("busybox readlink /proc/self/ns/" + kind);

    private static string Own(string kind) => File.ResolveLinkTarget("/proc/self/ns/" + kind, false)!.Name + "\n";

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }
}
