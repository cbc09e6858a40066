using Xunit;

namespace ContainerKit.Tests.Containers;

/// <summary>Docker's text forms of options.</summary>
public class OptionTextTests
{
    [Fact]
    public void Binds_are_read_with_their_options()
    {
        Assert.Equal(new BindMount("/a", "/b") { CreateSource = true }, BindMount.Parse("/a:/b"));
        Assert.Equal(
            new BindMount("a", "/b", ReadOnly: true) { CreateSource = true, Propagation = MountPropagation.Shared, NoExec = true, NonRecursive = true },
            BindMount.Parse("a:/b:ro,rshared,noexec,bind,z"));
        Assert.Equal(new BindMount("/a", "/b") { CreateSource = true, Propagation = MountPropagation.Slave }, BindMount.Parse("/a:/b:ro,slave,rw,exec"));
    }

    [Theory]
    [InlineData("/a")]
    [InlineData("/a:")]
    [InlineData(":/b")]
    [InlineData("/a:/b:ro:rw")]
    [InlineData("/a:/b:readonly")]
    public void Other_binds_are_refused(string text) => Assert.Throws<FormatException>(() => BindMount.Parse(text));

    [Fact]
    public void Memory_file_systems_are_read_with_their_options()
    {
        Assert.Equal(new TmpfsMount("/t"), TmpfsMount.Parse("/t", ""));
        Assert.Equal(
            new TmpfsMount("/t", ByteSize.MiB(64), (UnixFileMode)Convert.ToInt32("700", 8), ReadOnly: true, NoExec: false) { UserId = 1, GroupId = 2, Inodes = 1024, NoSuid = false, NoDev = false },
            TmpfsMount.Parse("/t", "size=64m,mode=0700,ro,exec,uid=1,gid=2,nr_inodes=1k,suid,dev"));
    }

    [Theory]
    [InlineData("size=")]
    [InlineData("size=x")]
    [InlineData("mode=789")]
    [InlineData("uid=-1")]
    [InlineData("ro=1")]
    [InlineData("huge=always")]
    public void Other_options_of_memory_file_systems_are_refused(string options)
        => Assert.Contains(options, Assert.Throws<FormatException>(() => TmpfsMount.Parse("/t", options)).Message, StringComparison.Ordinal);

    [Fact]
    public void Devices_are_read_with_path_and_permissions()
    {
        Assert.Equal(new DeviceMapping("/dev/a"), DeviceMapping.Parse("/dev/a"));
        Assert.Equal(new DeviceMapping("/dev/a", "/dev/b"), DeviceMapping.Parse("/dev/a:/dev/b"));
        Assert.Equal(new DeviceMapping("/dev/a", null, DevicePermissions.Read), DeviceMapping.Parse("/dev/a:r"));
        Assert.Equal(new DeviceMapping("/dev/a", "/dev/b", DevicePermissions.Write | DevicePermissions.MakeNode), DeviceMapping.Parse("/dev/a:/dev/b:mw"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/dev/a:x")]
    [InlineData("/dev/a:/dev/b:rr")]
    [InlineData("/dev/a:/dev/b:")]
    [InlineData("/dev/a:/dev/b:r:w")]
    public void Other_devices_are_refused(string text) => Assert.Throws<FormatException>(() => DeviceMapping.Parse(text));

    [Fact]
    public void Security_options_are_read()
    {
        ContainerSpec spec = ContainerSpec.FromImage("x").WithSecurityOptions("no-new-privileges", "seccomp={\"a\":\"b=c\"}", "apparmor:profile", "label=disable", "systempaths=unconfined");

        Assert.Equal((true, "{\"a\":\"b=c\"}", "profile"), (spec.NoNewPrivileges, spec.SeccompProfile, spec.AppArmorProfile));
        Assert.Equal(["disable"], spec.SecurityLabels);
        Assert.True(spec.MaskedPaths is { IsEmpty: true } && spec.ReadOnlyPaths is { IsEmpty: true });
        Assert.False(spec.WithSecurityOptions("no-new-privileges:false").NoNewPrivileges);
        Assert.Null(spec.WithSecurityOptions("seccomp=builtin").SeccompProfile);
    }

    [Theory]
    [InlineData("no-new-privileges=maybe")]
    [InlineData("seccomp")]
    [InlineData("systempaths=confined")]
    [InlineData("selinux=off")]
    public void Other_security_options_are_refused(string option)
        => Assert.Contains($"'{option}'", Assert.Throws<FormatException>(() => ContainerSpec.FromImage("x").WithSecurityOptions(option)).Message, StringComparison.Ordinal);
}
