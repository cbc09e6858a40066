using ContainerKit.Runtime;
using Xunit;

namespace ContainerKit.Tests.Runtime;

public sealed class MountTableTests
{
    [Theory]
    [InlineData("/var/lib/data", "/var/lib/data /mnt/copy/var/lib/data /srv/lib/data")]
    [InlineData("/var", "/var /mnt/copy/var /srv")]
    [InlineData("/home/ada/data", "/home/ada/data /mnt/ada/data")]
    [InlineData("/home/bob/data", "/home/bob/data")]
    [InlineData("/homes", "/homes /mnt/copy/homes")]
    [InlineData("/srv/lib", "/srv/lib /var/lib /mnt/copy/var/lib")]
    public void A_directory_has_a_path_for_every_mount_that_shows_it(string path, string expected)
    {
        MountEntry[] mounts =
        [
            Mount("8:1", "/", "/"), Mount("8:2", "/", "/home"), Mount("8:1", "/", "/mnt/copy"), Mount("8:1", "/var", "/srv"), Mount("8:2", "/ada", "/mnt/ada"),
        ];

        Assert.Equal(expected.Split(' '), MountTable.FindPathsOf(path, mounts));
    }

    [Fact]
    public void A_line_says_device_root_and_target()
    {
        MountEntry? mount = MountTable.Parse(@"36 35 98:0 /mnt\0401 /mnt\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue");

        Assert.Equal(("98:0", "/mnt 1", "/mnt 2", "ext3", "master:1"), (mount!.Device, mount.Root, mount.Target, mount.Type, Assert.Single(mount.Propagation)));
    }

    private static MountEntry Mount(string device, string root, string target) => new(device, root, target, "ext4", []);
}
