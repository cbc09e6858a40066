using System.Globalization;
using ContainerKit.Linux;
using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>A container with Docker's capabilities may make device nodes; what it may not is use them.</summary>
[Collection(IsolationCollection.Name)]
public sealed class DeviceTests(IsolationFixture fixture)
{
    private const int S_IFBLK = 0x6000;
    private const int S_IFCHR = 0x2000;
    private const int O_RDWR = 2;

    [Fact]
    public async Task Disk_of_the_host_cannot_be_opened()
    {
        (int major, int minor) = Directory.Exists("/sys/class/block") && Directory.GetFileSystemEntries("/sys/class/block").Order().FirstOrDefault() is { } disk
            ? Parse(File.ReadAllText(Path.Combine(disk, "dev")))
            : (8, 0);

        Assert.Contains(await OpenNewNodeAsync(S_IFBLK, major, minor, 0), Refusals);
        Assert.Contains(await OpenNewNodeAsync(S_IFBLK, major, minor, O_RDWR), Refusals);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 4)]
    [InlineData(1, 11)]
    [InlineData(10, 237)]
    [InlineData(10, 229)]
    public async Task Memory_ports_kernel_log_loop_control_and_fuse_cannot_be_opened(int major, int minor)
        => Assert.Contains(await OpenNewNodeAsync(S_IFCHR, major, minor, O_RDWR), Refusals);

    [Fact]
    public async Task Devices_of_a_container_are_the_harmless_ones()
    {
        string[] nodes = (await fixture.ShellAsync("find /dev -type b -o -type c | sort")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Empty(nodes.Except(["/dev/full", "/dev/null", "/dev/pts/ptmx", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"]));
    }

    /// <summary>No permission from the device cgroup (EPERM), from a mount in a user namespace (EACCES), or no node because mknod failed.</summary>
    private static Errno?[] Refusals => [Errno.EPERM, Errno.EACCES, Errno.ENOENT];

    private Task<Errno?> OpenNewNodeAsync(int type, int major, int minor, int flags) => fixture.TryAsync(p =>
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/run/node-{type}-{major}-{minor}-{flags}");
        p.Call("mknodat", -100, p.Text(path), type | 0x180, (major << 8) | (minor & 0xFF) | ((minor & 0xFFF00) << 12)).TolerateAll();
        return p.Call("openat", -100, p.Text(path), flags, 0);
    });

    private static (int Major, int Minor) Parse(string device)
        => device.Trim().Split(':') is [var major, var minor] ? (int.Parse(major, CultureInfo.InvariantCulture), int.Parse(minor, CultureInfo.InvariantCulture)) : (8, 0);
}
