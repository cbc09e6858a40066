using System.Formats.Tar;
using ContainerKit.IntegrationTests.Options;
using ContainerKit.IntegrationTests.Programs;
using ContainerKit.Linux.Mounts;
using Xunit;

namespace ContainerKit.IntegrationTests.Volumes;

/// <summary>Volumes whose files are somewhere else than in a directory of the data root, and disks that are full.</summary>
public sealed class VolumeDriverTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task File_system_in_memory_is_shared_by_containers_and_gone_after_the_last()
    {
        RequireRoot("which can mount a volume on this machine");
        string name = Name();
        VolumeSpec spec = new VolumeSpec { Name = name }.WithDriverOption("type", "tmpfs").WithDriverOption("device", "tmpfs").WithDriverOption("o", "size=1m,uid=1000,mode=750,noexec");
        string place = (await (await Engine.Volumes.CreateAsync(spec, Token)).InspectAsync(Token)).MountPoint;
        Assert.False(HostMount.IsMounted(place));

        await using Container second = await StartAsync(Script("sleep 1000").WithVolume(name, "/other", readOnly: true));
        await using (Container first = await StartAsync(Script("sleep 1000").WithVolume(name, "/data")))
        {
            await ShellAsync(first, "echo shared > /data/file; cp /bin/busybox /data/sh 2> /dev/null || true");
            Assert.Equal("tmpfs 750 1000\n", await ShellAsync(first, "echo $(stat -f -c %T /data) $(stat -c '%a %u' /data)"));
            Assert.Equal("shared\n", await ShellAsync(second, "cat /other/file"));
        }

        Assert.Equal("shared\n", await ShellAsync(second, "cat /other/file"));
        await second.RestartAsync(cancellationToken: Token);
        Assert.Equal("0\n", await ShellAsync(second, "ls /other | wc -l"));
        await second.StopAsync(cancellationToken: Token);
        await second.WaitAsync(Token);
        Assert.False(HostMount.IsMounted(place));
    }

    [Fact]
    public async Task Mount_that_a_dead_engine_left_is_taken_away()
    {
        RequireRoot("which can mount a volume on this machine");
        string name = Name();
        Volume volume = await Engine.Volumes.CreateAsync(new VolumeSpec { Name = name }.WithDriverOption("type", "tmpfs"), Token);
        string place = (await volume.InspectAsync(Token)).MountPoint;
        HostMount.Add("tmpfs", place, "tmpfs", MountFlags.None, null);

        await using (ContainerEngine next = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Engine.DataRoot }, Token))
        {
            Assert.False(HostMount.IsMounted(place));
            await using Container user = await StartAsync(Script("echo kept > /data/file; sleep 1000").WithVolume(name, "/data"));
            await ShellAsync(user, "until grep -q kept /data/file 2> /dev/null; do true; done");

            // One that is used is none that was left.
            await using ContainerEngine third = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Engine.DataRoot }, Token);
            await using Container other = await third.Containers.StartAsync(Script("sleep 1000").WithVolume(name, "/data"), Token);
            Assert.Equal("kept\n", await ShellAsync(other, "cat /data/file"));
        }

        Assert.False(HostMount.IsMounted(place));
    }

    [Fact]
    public async Task File_system_that_is_not_there_is_named()
    {
        RequireRoot("which can mount a volume on this machine");
        string name = Name();
        await Engine.Volumes.CreateAsync(new VolumeSpec { Name = name }.WithDriverOption("type", "nosuchfs").WithDriverOption("device", "server:/path"), Token);

        UnsupportedException refused = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(Script("true").WithVolume(name, "/data")));

        Assert.Contains("nosuchfs", refused.Message, StringComparison.Ordinal);
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Driver_of_the_caller_keeps_the_files()
    {
        Busybox.Script("true");
        DirectoryDriver driver = new(Path.Combine(Busybox.Directory, Name()));
        string name = Name();
        await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Engine.DataRoot, VolumeDrivers = [driver] }, Token);
        Volume volume = await engine.Volumes.CreateAsync(new VolumeSpec { Name = name, Driver = driver.Name }.WithDriverOption("colour", "blue"), Token);
        Assert.Equal("blue", driver.Options[name]["colour"]);
        await using (Container container = await engine.Containers.StartAsync(Script("echo hello > /data/file; sleep 1000").WithVolume(name, "/data"), Token))
        {
            Assert.Equal([$"{name} {container.Id}"], driver.Users);
            await ShellAsync(container, "until grep -q hello /data/file 2> /dev/null; do true; done");
            Assert.Equal("hello\n", await File.ReadAllTextAsync(Path.Combine(driver.Root, name, "file"), Token));
        }

        Assert.Empty(driver.Users);
        using MemoryStream archive = new();
        await volume.ExportAsync(archive, Token);
        Assert.True(archive.Length > 1024);
        Assert.Empty(driver.Users);
        await Assert.ThrowsAsync<ArgumentException>(() => engine.Volumes.CreateAsync(new VolumeSpec { Name = Name(), Driver = driver.Name }.WithDriverOption("colour", "red"), Token));
        UnsupportedException unknown = await Assert.ThrowsAsync<UnsupportedException>(() => RunAsync(Script("true").WithVolume(name, "/data")));
        Assert.Contains(driver.Name, unknown.Message, StringComparison.Ordinal);
        await volume.RemoveAsync(Token);
        Assert.False(Directory.Exists(Path.Combine(driver.Root, name)));
    }

    [Fact]
    public async Task Full_disk_leaves_a_volume_empty_and_whole_when_there_is_room_again()
    {
        RequireRoot("which can make a small disk");
        BusyboxFixture.RequireBusybox();
        string disk = Directory.CreateDirectory(Path.Combine(Busybox.Directory, Name())).FullName;
        HostMount.Add("tmpfs", disk, "tmpfs", MountFlags.None, "size=64m");
        try
        {
            await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(disk, "data"), PrepareContainers = false }, Token);
            Image image = await engine.Images.ImportAsync(new MemoryStream(WithFiles(BusyboxFixture.CreateArchive())), cancellationToken: Token);
            ContainerSpec spec = ContainerSpec.FromImage(image).WithCommand("sh", "-c", "wc -c /full/0 /full/1 /full/2 | tail -n 1").WithVolume("data", "/full").WithNetwork(NetworkMode.None);
            string filler = Path.Combine(disk, "filler");
            await using (FileStream stream = File.Create(filler))
            {
                stream.SetLength(0);
                byte[] block = new byte[64 * 1024];
                DriveInfo drive = new(disk);
                while (drive.AvailableFreeSpace > 2 * 1024 * 1024)
                {
                    await stream.WriteAsync(block, Token);
                    await stream.FlushAsync(Token);
                }
            }

            IOException full = await Assert.ThrowsAnyAsync<IOException>(() => engine.Containers.RunAsync(spec, cancellationToken: Token));
            Assert.Contains("No space left", full.Message, StringComparison.Ordinal);
            Assert.Equal(["_data", "lock", "volume.json"], Directory.GetFileSystemEntries(Path.Combine(engine.DataRoot, "volumes", "data")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(engine.DataRoot, "volumes", "data", "_data")));
            Assert.Empty(await engine.Containers.ListAsync(cancellationToken: Token));
            File.Delete(filler);
            Assert.Contains("3145728 total", (await engine.Containers.RunAsync(spec, cancellationToken: Token)).StandardOutput, StringComparison.Ordinal);
        }
        finally
        {
            HostMount.Remove(disk);
        }
    }

    private static string Name() => "ck-" + Guid.NewGuid().ToString("n");

    private static byte[] WithFiles(byte[] archive)
    {
        using MemoryStream output = new();
        using (TarWriter writer = new(output, TarEntryFormat.Pax, leaveOpen: true))
        {
            using TarReader reader = new(new MemoryStream(archive));
            while (reader.GetNextEntry(copyData: true) is { } entry)
            {
                writer.WriteEntry(entry);
            }

            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "full"));
            byte[] content = new byte[1024 * 1024];
            new Random(1).NextBytes(content); // zeros would need no disk
            for (int i = 0; i < 3; i++)
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"full/{i}") { DataStream = new MemoryStream(content) });
            }
        }

        return output.ToArray();
    }
}
