using System.Text;
using ContainerKit.Containers.Translation;
using ContainerKit.Linux.Mounts;
using ContainerKit.Runtime;
using Xunit;

namespace ContainerKit.Tests.Containers;

public class RuntimeSpecTests : EngineTest
{
    private async Task<RuntimeSpec> MapAsync(ContainerSpec spec)
    {
        await using Container container = await Containers.StartAsync(spec, Token);
        return Runtime.Started.Last();
    }

    [Fact]
    public async Task The_image_says_what_the_spec_does_not()
    {
        Images.Image = Images.Image with
        {
            Entrypoint = ["/entry"],
            Command = ["--default"],
            Environment = ["PATH=/app", "LANG=C", "NONSENSE"],
            User = "app:app",
            WorkingDirectory = "/srv",
        };
        RuntimeSpec spec = await MapAsync(Spec.WithEnvironment("LANG", "de").WithEnvironment("NEW", "1").WithHostname("box"));
        Assert.Equal(["/entry", "--default"], spec.Process.Arguments);
        Assert.Equal(["PATH=/app", "HOSTNAME=box", "LANG=de", "NEW=1"], spec.Process.Environment);
        Assert.Equal("app:app", spec.Process.User);
        Assert.Equal("/srv", spec.Process.WorkingDirectory);
        Assert.Equal("box", spec.Hostname);
        Assert.Equal(["/layers/top", "/layers/base"], spec.Root.Lower);
    }

    [Fact]
    public async Task A_command_replaces_only_the_images_command_and_an_entrypoint_both()
    {
        Images.Image = Images.Image with { Entrypoint = ["/entry"], Command = ["--default"] };
        Assert.Equal(["/entry", "x"], (await MapAsync(Spec.WithCommand("x"))).Process.Arguments);
        Assert.Equal(["/other"], (await MapAsync(Spec.WithEntrypoint("/other"))).Process.Arguments);
        Assert.Equal(["/other", "x"], (await MapAsync(Spec.WithEntrypoint("/other").WithCommand("x"))).Process.Arguments);
        Assert.Equal(["x"], (await MapAsync(Spec.WithEntrypoint().WithCommand("x"))).Process.Arguments);
    }

    [Fact]
    public async Task Without_hints_path_hostname_and_terminal_have_dockers_values()
    {
        await using Container container = await Containers.StartAsync(Spec.WithTerminal(new TerminalSize(24, 80)).WithoutEnvironment("HOSTNAME"), Token);
        RuntimeSpec spec = Runtime.Started.Last();
        Assert.Equal(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"], spec.Process.Environment);
        Assert.Equal(container.ShortId, spec.Hostname);
        Assert.Equal("/", spec.Process.WorkingDirectory);
        Assert.Equal((24, 80), spec.Process.TerminalSize);
        Assert.False(spec.HostNetwork);
    }

    [Fact]
    public async Task Mounts_come_in_the_order_of_their_depth_and_the_callers_win_over_generated_files()
    {
        RuntimeSpec spec = await MapAsync(Spec.WithTmpfs("/a/b/c", ByteSize.MiB(1)).WithBind(Root, "/a//./b/", readOnly: true).WithBind("/etc/hosts", "/etc/hosts").WithTmpfs("/a"));
        Assert.Equal(["/a", "/a/b", "/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/a/b/c"], spec.Mounts.Select(mount => mount.Target));
        var bind = Assert.IsType<RuntimeBind>(spec.Mounts[1]);
        Assert.Equal((Root, true), (bind.Source, bind.ReadOnly));
        Assert.Equal("/etc/hosts", Assert.IsType<RuntimeBind>(spec.Mounts[2]).Source);
        var tmpfs = Assert.IsType<RuntimeTmpfs>(spec.Mounts[5]);
        Assert.Equal((1L << 20, Convert.ToInt32("1777", 8), true), (tmpfs.Size, tmpfs.Mode, tmpfs.Attributes.HasFlag(MountAttributes.MOUNT_ATTR_NOEXEC)));
    }

    [Fact]
    public async Task Generated_files_tell_the_containers_name()
    {
        RuntimeSpec spec = await MapAsync(Spec.WithHostname("box"));
        Dictionary<string, string> files = spec.Mounts.OfType<RuntimeFile>().ToDictionary(file => file.Target, file => Encoding.UTF8.GetString(file.Content.Span));
        Assert.Equal("box\n", files["/etc/hostname"]);
        Assert.Contains("127.0.0.1\tlocalhost\n", files["/etc/hosts"], StringComparison.Ordinal);
        Assert.Contains("/etc/resolv.conf", files.Keys);
    }

    [Fact]
    public async Task Root_directory_can_be_read_by_everybody()
    {
        await using Container container = await Containers.StartAsync(Spec, Token);
        string directory = Path.Combine(ContainersDirectory, container.Id);
        Assert.Equal(Convert.ToInt32("755", 8), (int)File.GetUnixFileMode(Path.Combine(directory, "upper")));
    }

    [Fact]
    public async Task Capabilities_are_dockers_default_with_additions_and_drops()
    {
        Assert.Equal(14, (await MapAsync(Spec)).Process.Capabilities.Length);
        RuntimeSpec changed = await MapAsync(Spec.WithAddedCapabilities("net_admin").WithDroppedCapabilities("CAP_MKNOD"));
        Assert.Contains("CAP_NET_ADMIN", changed.Process.Capabilities);
        Assert.DoesNotContain("CAP_MKNOD", changed.Process.Capabilities);
        Assert.Equal(["CAP_CHOWN"], (await MapAsync(Spec.WithDroppedCapabilities("ALL").WithAddedCapabilities("CHOWN"))).Process.Capabilities);
        Assert.True((await MapAsync(Spec.WithPrivileged())).Privileged);
    }

    [Fact]
    public async Task Limits_are_handed_through()
    {
        RuntimeSpec spec = await MapAsync(Spec.WithMemoryLimit(ByteSize.MiB(64)).WithCpuLimit(1.5).WithPidsLimit(10)
            .WithUlimit("nofile", 100, Ulimit.Unlimited).WithReadOnlyRoot().WithNoNewPrivileges().WithGroups("audio"));
        Assert.Equal((64L << 20, 1.5, 10), (spec.MemoryLimit, spec.CpuLimit, spec.PidsLimit));
        Assert.Equal(new RuntimeRlimit("nofile", 100, ulong.MaxValue), Assert.Single(spec.Process.Rlimits));
        Assert.True(spec.Root is { ReadOnly: true, Volatile: true });
        Assert.True(spec.Process.NoNewPrivileges);
        Assert.Equal(["audio"], spec.Process.AdditionalGroups);
    }

    [Fact]
    public async Task An_exec_inherits_from_the_container_what_it_does_not_say()
    {
        await using Container container = await Containers.StartAsync(Spec.WithUser("app").WithWorkingDirectory("/srv").WithEnvironment("A", "1").WithUlimit("nofile", 9), Token);
        await using ExecSession session = await container.OpenExecAsync(ExecSpec.ForCommand("id").WithEnvironment("B", "2").WithoutEnvironment("A").WithTerminal(), Token);
        RuntimeExecSpec exec = Runtime.Executed.Single();
        Assert.Equal((container.Id, "app", "/srv"), (exec.ContainerId, exec.Process.User, exec.Process.WorkingDirectory));
        Assert.Contains("B=2", exec.Process.Environment);
        Assert.Contains("TERM=xterm", exec.Process.Environment);
        Assert.DoesNotContain("A=1", exec.Process.Environment);
        Assert.Single(exec.Process.Rlimits);
        Assert.Equal([Path.Combine(ContainersDirectory, container.Id, "upper"), "/layers/top", "/layers/base"], exec.RootDirectories);
        Assert.Equal(Runtime.Processes.First().Identity, exec.Container);
    }

    [Fact]
    public void Normalized_targets_have_no_empty_parts()
    {
        Assert.Equal("/a/b", MountOrder.Normalize("/./a//b/"));
        Assert.Null(MountOrder.Normalize("/a/../b"));
    }
}
