using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Options;

/// <summary>Devices and device rules, on the devices of a cgroup v1 or by a program on cgroup v2. /dev/kmsg-like devices are not touched: /dev/zero under another name will do.</summary>
public sealed class DeviceOptionTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Device_is_there_under_its_name_or_another()
        => Assert.Equal("3\n", await OutputAsync(Script("head -c 3 /dev/nothing/but-zero | wc -c").WithDevice("/dev/zero", "/dev/nothing/but-zero")));

    [Fact]
    public async Task Device_outside_of_dev_is_there_too()
        => Assert.Equal("3\n", await OutputAsync(Script("head -c 3 /devices/zero | wc -c").WithDevice("/dev/zero", "/devices/zero")));

    [Fact]
    public async Task Device_that_was_not_given_cannot_be_used()
    {
        RequireDevice("/dev/loop-control");
        RequireRoot("to make device nodes");

        Assert.Equal(1, (await RunAsync(Script("busybox mknod /tmp/d c 10 237; cat < /tmp/d"))).ExitCode);
        Assert.Equal("opened\n", await OutputAsync(Script("exec 3< /dev/loop-control; echo opened").WithDevice("/dev/loop-control")));
    }

    [Fact]
    public async Task Device_may_be_used_only_as_it_was_allowed()
    {
        RequireDevice("/dev/loop-control");
        ContainerSpec spec = Script("(exec 3< /dev/loop-control) && echo read; (exec 3> /dev/loop-control) 2>/dev/null && echo written; true")
            .WithDevice("/dev/loop-control", permissions: DevicePermissions.Read);
        if (Engine.IsRootless)
        {
            UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(spec));
            Assert.Contains("permissions of Devices", refused.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal("read\n", await OutputAsync(spec));
        Assert.Equal("read\nwritten\n", await OutputAsync(spec with { Devices = [new DeviceMapping("/dev/loop-control")] }));
    }

    [Fact]
    public async Task Rule_allows_a_device_that_is_made_inside()
    {
        RequireDevice("/dev/loop-control");
        ContainerSpec spec = Script("busybox mknod /tmp/d c 10 237 && (exec 3< /tmp/d) && echo opened").WithDeviceRule("c 10:237 rm");
        if (Engine.IsRootless)
        {
            UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(spec));
            Assert.Contains("DeviceRules", refused.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal("opened\n", await OutputAsync(spec));
        Assert.Equal("opened\n", await OutputAsync(spec with { DeviceRules = ["c *:* rwm"] }));
        Assert.NotEqual(0, (await RunAsync(spec with { DeviceRules = ["c 10:237 w"] })).ExitCode);
    }

    [Fact]
    public async Task Directory_stands_for_all_of_its_devices()
    {
        Assert.SkipUnless(Directory.Exists("/dev/net"), "missing capability: /dev/net of the tun module");

        Assert.Equal(string.Join('\n', Directory.GetFiles("/dev/net").Select(f => Path.GetFileName(f)).Order()) + "\n", await OutputAsync(Script("ls /dev/network").WithDevice("/dev/net", "/dev/network")));
    }

    [Fact]
    public async Task Privileged_container_has_the_devices_of_the_machine()
    {
        RequireDevice("/dev/loop-control");

        Assert.Equal("there\n", await OutputAsync(Script("test -c /dev/loop-control && echo there").WithPrivileged()));
        Assert.Equal("none\n", await OutputAsync(Script("test -e /dev/loop-control || echo none")));
    }

    [Fact]
    public async Task Further_commands_are_restricted_as_the_command_is()
    {
        RequireDevice("/dev/loop-control");
        RequireRoot("for device rules");
        await using Container container = await StartAsync(Busybox.Spec("sleep", "86400").WithDevice("/dev/loop-control", permissions: DevicePermissions.Read));

        Assert.Equal(0, (await container.ExecAsync(["sh", "-c", "exec 3< /dev/loop-control"], Token)).ExitCode);
        Assert.NotEqual(0, (await container.ExecAsync(["sh", "-c", "exec 3> /dev/loop-control"], Token)).ExitCode);
    }

    private static void RequireDevice(string path) => Assert.SkipUnless(File.Exists(path), "missing capability: " + path);
}
