using ContainerKit.Linux;
using ContainerKit.Linux.Mounts;
using ContainerKit.Linux.Namespaces;
using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>System calls that reach out of a container, made raw by its command and by a further command.</summary>
[Collection(IsolationCollection.Name)]
public sealed class SystemCallTests(IsolationFixture fixture)
{
    private const long SIGCHLD = 17;

    [Fact]
    public async Task Nothing_can_be_mounted()
        => Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Mount("none", "/mnt", "tmpfs", MountFlags.None)));

    [Fact]
    public async Task Mounts_cannot_be_changed()
        => Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Mount("none", "/sys", null, MountFlags.MS_REMOUNT | MountFlags.MS_BIND)));

    [Fact]
    public async Task Mounts_cannot_be_removed()
        => Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Call("umount2", p.Text("/proc/sys"), 2)));

    [Theory]
    [InlineData("fsopen")]
    [InlineData("open_tree")]
    [InlineData("move_mount")]
    [InlineData("mount_setattr")]
    public async Task New_mount_calls_are_refused(string call)
        => Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => call switch
        {
            "fsopen" => p.Call(call, p.Text("tmpfs"), 0),
            "open_tree" => p.CloneTree("/", recursive: false),
            "move_mount" => p.Call(call, -100, p.Text("/proc"), -100, p.Text("/mnt"), 0),
            _ => p.SetMountAttributes(0, MountAttributes.MOUNT_ATTR_RDONLY, recursive: false),
        }));

    [Theory]
    [InlineData(NamespaceKinds.CLONE_NEWUSER)]
    [InlineData(NamespaceKinds.CLONE_NEWNS)]
    [InlineData(NamespaceKinds.CLONE_NEWPID)]
    [InlineData(NamespaceKinds.CLONE_NEWNET)]
    [InlineData(NamespaceKinds.CLONE_NEWUTS)]
    [InlineData(NamespaceKinds.CLONE_NEWIPC)]
    [InlineData(NamespaceKinds.CLONE_NEWCGROUP)]
    public async Task New_namespaces_are_refused(NamespaceKinds kind)
    {
        Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Call("unshare", (long)kind)));
        Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Call("clone", (long)kind | SIGCHLD, 0, 0, 0, 0)));
    }

    /// <summary>The flags of clone3 are behind a pointer, which no filter can follow; ENOSYS makes libraries use clone.</summary>
    [Fact]
    public async Task Clone3_does_not_exist()
        => Assert.Equal(Errno.ENOSYS, await fixture.TryAsync(p => p.Call("clone3", p.Bytes(new byte[88], "{}"), 88)));

    [Fact]
    public async Task Other_namespaces_cannot_be_entered()
        => Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Call("setns", 0, 0)));

    [Theory]
    [InlineData("keyctl")]
    [InlineData("add_key")]
    [InlineData("request_key")]
    public async Task Key_rings_are_out_of_reach(string call)
        => Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Call(call, 0, 0, 0, 0, 0)));

    [Fact]
    public async Task Bpf_programs_cannot_be_loaded()
        => Assert.Equal(Errno.EPERM, await fixture.TryAsync(p => p.Call("bpf", 5, p.Bytes(new byte[128], "{}"), 128)));

    /// <summary>open_by_handle_at leaves any mount namespace (the "shocker" exploit); the others change the machine or look into its kernel.</summary>
    [Theory]
    [InlineData("open_by_handle_at")]
    [InlineData("name_to_handle_at", false)]
    [InlineData("io_uring_setup")]
    [InlineData("userfaultfd")]
    [InlineData("perf_event_open")]
    [InlineData("init_module")]
    [InlineData("finit_module")]
    [InlineData("delete_module")]
    [InlineData("kexec_load")]
    [InlineData("reboot")]
    [InlineData("swapon")]
    [InlineData("swapoff")]
    [InlineData("acct")]
    [InlineData("settimeofday")]
    [InlineData("pivot_root")]
    [InlineData("quotactl")]
    [InlineData("syslog")]
    [InlineData("vhangup")]
    public async Task Calls_that_reach_the_whole_machine_are_refused(string call, bool refused = true)
    {
        Errno? error = await fixture.TryAsync(p => p.Call(call, 0, 0, 0, 0, 0));

        Assert.Equal(refused, error == Errno.EPERM);
    }

    /// <summary>AF_VSOCK reaches the hypervisor and is in no namespace; AF_ALG is a way into the kernel that hardly anything needs.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(38)]
    public async Task Socket_families_of_the_machine_are_refused(int family)
        => Assert.NotNull(await fixture.TryAsync(p => p.Call("socket", family, 1, 0)));

    [Fact]
    public async Task Privileged_lifts_the_filter()
        => Assert.Null(await fixture.TryAsync(p => p.Mount("none", "/mnt", "tmpfs", MountFlags.None), spec => spec.WithPrivileged()));
}
