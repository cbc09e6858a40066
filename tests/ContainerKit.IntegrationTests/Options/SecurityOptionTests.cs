using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Options;

/// <summary>Seccomp profiles, AppArmor, labels, masked and read-only paths.</summary>
public sealed class SecurityOptionTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    /// <summary>Everything is allowed, but changing modes of files fails as if the call did not exist.</summary>
    private const string NoModes = """
        {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["chmod", "fchmod", "fchmodat", "fchmodat2"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}
        """;

    [Fact]
    public async Task Seccomp_profile_decides_in_the_command_and_in_further_commands()
    {
        await using Container container = await StartAsync(Script("chmod 700 /tmp; echo ready; sleep 86400").WithSeccompProfile(NoModes));
        await WaitForLineAsync(container, "ready");

        ExecResult further = await container.ExecAsync(["chmod", "700", "/tmp"], Token);

        Assert.Contains("Function not implemented", further.StandardError, StringComparison.Ordinal);
        Assert.Contains("Function not implemented", await LogAsync(container), StringComparison.Ordinal);
        Assert.Equal(0, (await container.ExecAsync(ExecSpec.ForCommand("chmod", "700", "/tmp").WithPrivileged(), Token)).ExitCode);
    }

    [Fact]
    public async Task Seccomp_profile_holds_for_a_privileged_container_when_it_is_given()
        => Assert.Equal(1, (await RunAsync(Script("chmod 700 /tmp").WithPrivileged().WithSeccompProfile(NoModes))).ExitCode);

    [Fact]
    public async Task Unconfined_has_no_filter_of_ours()
    {
        string host = (await File.ReadAllLinesAsync("/proc/self/status", Token)).First(line => line.StartsWith("Seccomp:", StringComparison.Ordinal));

        Assert.Equal(host + "\n", await OutputAsync(Script("grep ^Seccomp: /proc/self/status").WithSeccompProfile(ContainerSpec.Unconfined)));
        Assert.Equal("Seccomp:\t2\n", await OutputAsync(Script("grep ^Seccomp: /proc/self/status")));
    }

    [Fact]
    public async Task Masked_paths_are_hidden_whatever_they_are()
    {
        ContainerSpec spec = Script("wc -c < /etc/passwd; ls /home; ls -d /proc/acpi /proc/asound 2>/dev/null; touch /home/x 2>/dev/null || echo read-only").WithMaskedPaths("/etc/passwd", "/home", "/not/there", "/etc/passwd/below");

        Assert.StartsWith("0\n", await OutputAsync(spec), StringComparison.Ordinal);
        Assert.EndsWith("read-only\n", await OutputAsync(spec), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Masked_link_leads_nowhere_outside()
        => await Assert.ThrowsAsync<ContainerStartException>(() => RunAsync(Script("true").WithMaskedPaths("/proc/self/root/etc/group")));

    [Fact]
    public async Task Read_only_paths_are_write_protected_with_what_is_mounted_below()
    {
        string output = await OutputAsync(Script("touch /data/a 2>/dev/null || echo no; touch /data/memory/a 2>/dev/null || echo no; touch /tmp/a && echo yes")
            .WithTmpfs("/data").WithTmpfs("/data/memory").WithReadOnlyPaths("/data", "/not/there"));

        Assert.Equal("no\nno\nyes\n", output);
    }

    [Fact]
    public async Task System_paths_are_protected_by_default_and_open_when_unconfined()
    {
        const string Writable = "(echo x > /proc/sys/kernel/domainname) 2>/dev/null && echo yes || echo no; grep -c ' /proc/' /proc/self/mountinfo; true";

        string[] protectedPaths = (await OutputAsync(Script(Writable))).Split('\n');
        string[] open = (await OutputAsync(Script(Writable).WithSecurityOptions("systempaths=unconfined"))).Split('\n');

        Assert.Equal("no", protectedPaths[0]);
        Assert.NotEqual("0", protectedPaths[1]);
        Assert.Equal("0", open[1]);
    }

    [Fact]
    public async Task Security_module_that_the_kernel_lacks_is_an_error()
    {
        bool hasAppArmor = File.Exists("/sys/module/apparmor/parameters/enabled") && (await File.ReadAllTextAsync("/sys/module/apparmor/parameters/enabled", Token)).StartsWith('Y');

        UnsupportedException label = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(Script("true").WithSecurityOptions("label=type:svirt_t")));
        Assert.Contains("SecurityLabels 'type:svirt_t'", label.Message, StringComparison.Ordinal);
        Assert.Equal("ok\n", await OutputAsync(Script("echo ok").WithSecurityOptions("label=disable", "apparmor=unconfined", "seccomp=builtin")));
        Assert.SkipWhen(hasAppArmor, "missing capability: a kernel without AppArmor");
        UnsupportedException profile = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(Script("true").WithAppArmorProfile("docker-default")));
        Assert.Contains("AppArmorProfile 'docker-default'", profile.Message, StringComparison.Ordinal);
    }
}
