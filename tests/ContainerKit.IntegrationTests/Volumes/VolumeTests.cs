using System.Formats.Tar;
using ContainerKit.IntegrationTests.Options;
using ContainerKit.IntegrationTests.Programs;
using ContainerKit.Oci;
using Xunit;

namespace ContainerKit.IntegrationTests.Volumes;

/// <summary>Volumes as containers see them, and their life.</summary>
public sealed class VolumeTests(BusyboxFixture busybox) : OptionTest(busybox), IClassFixture<BusyboxFixture>
{
    [Fact]
    public async Task Volume_outlives_containers_and_is_shared_by_them()
    {
        string name = Name();
        await OutputAsync(Script("echo one > /data/file").WithVolume(name, "/data"));
        await using Container writer = await StartAsync(Script("sleep 1000").WithVolume(name, "/data"));
        await using Container reader = await StartAsync(Script("sleep 1000").WithVolume(name, "/other/place", readOnly: true));

        Assert.Equal("one\n", await ShellAsync(writer, "cat /data/file"));
        await ShellAsync(writer, "echo two >> /data/file");
        Assert.Equal("one\ntwo\n", await ShellAsync(reader, "cat /other/place/file"));
        ExecResult refused = await reader.ExecAsync(["sh", "-c", "echo three >> /other/place/file"], Token);
        Assert.Contains("Read-only file system", refused.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Empty_volume_is_filled_with_what_the_image_has_there()
    {
        string name = Name();
        const string Look = "cat /home/app/own; stat -c '%a %F' /home/app /home/app/own";

        Assert.Equal("of app\n750 directory\n640 regular file\n", await OutputAsync(Script(Look).WithVolume(name, "/home/app")));
        await OutputAsync(Script("echo changed > /v/own").WithVolume(name, "/v"));
        Assert.StartsWith("changed\n", await OutputAsync(Script(Look).WithVolume(name, "/home/app")), StringComparison.Ordinal);
        Assert.Equal("", await OutputAsync(Script("ls -A /home/app").WithVolume(new VolumeMount(Name(), "/home/app") { NoCopy = true })));
    }

    [Fact]
    public async Task Filled_volume_keeps_the_owners_of_the_image()
    {
        Busybox.RequireUsers();

        Assert.Equal("1000:1000 1000:1000\n", await OutputAsync(Script("echo $(stat -c %u:%g /home/app /home/app/own)").WithVolume(Name(), "/home/app")));
    }

    [Fact]
    public async Task Image_gets_volumes_of_its_own_which_go_with_the_container()
    {
        Image image = await Busybox.ImportAsync(new ExecutionConfiguration { Volumes = new HashSet<string> { "/home/app", "/made/here", "/etc/../bad", "/tmpfs" } });
        ContainerSpec spec = ContainerSpec.FromImage(image).WithCommand("sh", "-c", "cat /home/app/own && touch /made/here/x && sleep 1000").WithTmpfs("/tmpfs");
        Container container = await StartAsync(spec);
        ContainerInfo info = await container.InspectAsync(Token);

        Assert.Equal(["/home/app", "/made/here"], info.Volumes.Select(volume => volume.Target).Order(StringComparer.Ordinal));
        Assert.All(info.Volumes, volume => Assert.True(volume.IsAnonymous && volume.Name.Length == 64));
        Assert.Equal("2\n", await ShellAsync(container, "grep -c -e ' /home/app ' -e ' /made/here ' /proc/self/mountinfo"));
        await container.RemoveAsync(force: true, Token);
        foreach (MountedVolume volume in info.Volumes)
        {
            await Assert.ThrowsAsync<NotFoundException>(() => Engine.Volumes.GetAsync(volume.Name, Token));
        }

        await container.DisposeAsync();
    }

    [Fact]
    public async Task Volumes_of_a_container_that_stays_are_removed_when_that_is_asked_for()
    {
        Container kept = await Engine.Containers.CreateAsync(Script("true").WithVolume(new VolumeMount(null, "/a")), Token);
        Container gone = await Engine.Containers.CreateAsync(Script("true").WithVolume(new VolumeMount(null, "/a")), Token);
        string keptName = Assert.Single((await kept.InspectAsync(Token)).Volumes).Name;
        string goneName = Assert.Single((await gone.InspectAsync(Token)).Volumes).Name;

        await kept.RemoveAsync(force: true, Token);
        await gone.RemoveAsync(force: true, volumes: true, Token);

        await Assert.ThrowsAsync<NotFoundException>(() => Engine.Volumes.GetAsync(goneName, Token));
        Assert.Contains(keptName, (await Engine.Volumes.PruneAsync(cancellationToken: Token)).RemovedNames);
    }

    [Fact]
    public async Task Volumes_of_another_container_are_mounted_at_the_same_paths()
    {
        string name = Name();
        await using Container first = await StartAsync(Script("echo hello > /data/file; echo own > /own/file; sleep 1000").WithVolume(name, "/data").WithVolume(new VolumeMount(null, "/own")));
        await ShellAsync(first, "while ! grep -q own /own/file; do true; done 2> /dev/null");

        Assert.Equal("hello\nown\n", await OutputAsync(Script("cat /data/file /own/file").WithVolumesFrom(first.Id)));
        ExecResult refused = await RunAsync(Script("touch /data/x").WithVolumesFrom(first.Id + ":ro"));
        Assert.Contains("Read-only file system", refused.StandardError, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotFoundException>(() => RunAsync(Script("true").WithVolumesFrom("nobody")));
    }

    [Fact]
    public async Task Volume_in_use_is_not_removed()
    {
        string name = Name();
        Container container = await Engine.Containers.CreateAsync(Script("true").WithVolume(name, "/data"), Token);
        Volume volume = await Engine.Volumes.GetAsync(name, Token);

        ConflictException refused = await Assert.ThrowsAsync<ConflictException>(() => volume.RemoveAsync(Token));
        Assert.Contains(container.ShortId, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(name, (await Engine.Volumes.PruneAsync(FilterSet.Empty.With("all", "true").With("label", "nobody-has-this"), Token)).RemovedNames);
        await container.RemoveAsync(force: true, Token);
        await volume.RemoveAsync(Token);
        await Assert.ThrowsAsync<NotFoundException>(() => volume.InspectAsync(Token));
        await Assert.ThrowsAsync<NotFoundException>(() => volume.RemoveAsync(Token));
    }

    [Fact]
    public async Task Files_of_a_volume_are_exported_and_imported()
    {
        string from = Name(), to = Name();
        await OutputAsync(Script("cp -a /home/app/own /data/own && mkdir -m 711 /data/dir && ln -s own /data/link && chmod 4755 /data/own").WithVolume(from, "/data"));
        using MemoryStream archive = new();
        await (await Engine.Volumes.GetAsync(from, Token)).ExportAsync(archive, Token);
        archive.Position = 0;
        Volume target = await Engine.Volumes.CreateAsync(to, Token);
        await target.ImportAsync(archive, Token);

        const string Look = "cd /data; stat -c '%a %u %g %F' own dir link; cat link";
        Assert.Equal(await OutputAsync(Script(Look).WithVolume(from, "/data")), await OutputAsync(Script(Look).WithVolume(to, "/data")));
        Assert.Equal(7, await target.GetSizeAsync(Token));
    }

    [Fact]
    public async Task Hostile_archive_does_not_leave_the_volume()
    {
        Volume volume = await Engine.Volumes.CreateAsync(Name(), Token);
        string outside = Path.Combine(Busybox.Directory, "outside-" + volume.Name);
        Directory.CreateDirectory(outside);
        using MemoryStream archive = new();
        await using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = outside }, Token);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "link/escaped") { DataStream = new MemoryStream([1]) }, Token);
        }

        archive.Position = 0;
        await Record.ExceptionAsync(() => volume.ImportAsync(archive, Token));
        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }

    [Fact]
    public async Task List_has_filters()
    {
        string label = Name(), used = Name(), unused = Name();
        await Engine.Volumes.CreateAsync(new VolumeSpec { Name = used }.WithLabel(label, "x"), Token);
        await Engine.Volumes.CreateAsync(new VolumeSpec { Name = unused }.WithLabel(label, "y"), Token);
        Container container = await Engine.Containers.CreateAsync(Script("true").WithVolume(used, "/data"), Token);
        FilterSet filter = FilterSet.Empty.With("label", label);

        Assert.Equal(new[] { used, unused }.Order(StringComparer.Ordinal), await NamesAsync(filter));
        Assert.Equal([unused], await NamesAsync(filter.With("dangling", "true")));
        Assert.Equal([used], await NamesAsync(filter.With("dangling", "false")));
        Assert.Equal([used], await NamesAsync(FilterSet.Empty.With("name", used)));
        Assert.Equal([used], await NamesAsync(FilterSet.Empty.With("label", label + "=x")));
        Assert.Empty(await NamesAsync(filter.With("driver", "other")));
        await Assert.ThrowsAsync<ArgumentException>(() => NamesAsync(FilterSet.Empty.With("colour", "blue")));
        await container.RemoveAsync(force: true, Token);
        Assert.Equal(2, (await Engine.Volumes.PruneAsync(filter.With("all", "true"), Token)).RemovedNames.Count);
    }

    [Fact]
    public async Task Volume_can_stand_for_a_directory_of_the_machine()
    {
        string name = Name(), directory = Path.Combine(Busybox.Directory, name);
        Directory.CreateDirectory(directory);
        VolumeSpec spec = new VolumeSpec { Name = name }.WithDriverOption("type", "none").WithDriverOption("o", "bind").WithDriverOption("device", directory);
        Volume volume = await Engine.Volumes.CreateAsync(spec, Token);
        await OutputAsync(Script("echo here > /data/file").WithVolume(name, "/data"));

        Assert.Equal("here\n", await File.ReadAllTextAsync(Path.Combine(directory, "file"), Token));
        await Assert.ThrowsAsync<ConflictException>(() => Engine.Volumes.CreateAsync(spec.WithDriverOption("device", "/tmp"), Token));
        await volume.RemoveAsync(Token);
        Assert.True(File.Exists(Path.Combine(directory, "file")));
    }

    [Fact]
    public async Task Part_of_a_volume_is_mounted_and_no_link_leads_out_of_it()
    {
        string name = Name();
        await OutputAsync(Script("cd /data; mkdir -p one/two; echo deep > one/two/file; ln -s / out; ln -s one/two in; ln -s /one/two/file absolute").WithVolume(name, "/data"));

        Assert.Equal("deep\n", await OutputAsync(Script("cat /part/file").WithVolume(new VolumeMount(name, "/part") { Subpath = "one/two" })));
        Assert.Equal("deep\n", await OutputAsync(Script("cat /part/file").WithVolume(new VolumeMount(name, "/part") { Subpath = "in" })));
        Assert.Equal("deep\n", await OutputAsync(Script("cat /part").WithVolume(new VolumeMount(name, "/part") { Subpath = "one/two/file" })));
        Assert.Equal("absolute\nin\none\nout\n", await OutputAsync(Script("ls /part").WithVolume(new VolumeMount(name, "/part") { Subpath = "out" })));
        ContainerStartException missing = await Assert.ThrowsAsync<ContainerStartException>(() => RunAsync(Script("true").WithVolume(new VolumeMount(name, "/part") { Subpath = "no/such" })));
        Assert.Contains("no/such", missing.Message, StringComparison.Ordinal);
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => RunAsync(Script("true").WithVolume(new VolumeMount(name, "/part") { Subpath = "../x" })));
        Assert.Contains("'../x'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Volume_that_is_made_by_several_at_once_is_one()
    {
        string name = Name();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => OutputAsync(Script($"cat /home/app/own > /dev/null; touch /home/app/{i}").WithVolume(name, "/home/app"))));

        Assert.Equal("0\n1\n2\n3\n4\n5\n6\n7\n", await OutputAsync(Script("cd /data; ls | grep '^[0-9]'").WithVolume(new VolumeMount(name, "/data") { NoCopy = true })));
    }

    [Theory]
    [InlineData("a", "/data", "volume name 'a'")]
    [InlineData("../x", "/data", "volume name '../x'")]
    [InlineData("good", "data", "volume target 'data'")]
    [InlineData("good", "/", "volume target '/'")]
    public async Task Value_that_is_not_allowed_is_named(string name, string target, string message)
    {
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => RunAsync(Script("true").WithVolume(name, target)));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Option_of_a_driver_that_is_not_there_is_named()
    {
        await Assert.ThrowsAsync<UnsupportedException>(() => Engine.Volumes.CreateAsync(new VolumeSpec { Driver = "flocker" }, Token));
        await Assert.ThrowsAsync<ArgumentException>(() => Engine.Volumes.CreateAsync(new VolumeSpec().WithDriverOption("type", "nfs"), Token));
        if (Engine.IsRootless)
        {
            await Assert.ThrowsAsync<UnsupportedException>(() => Engine.Volumes.CreateAsync(new VolumeSpec().WithDriverOption("type", "nfs").WithDriverOption("device", ":/x"), Token));
        }

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => Engine.Volumes.CreateAsync(new VolumeSpec().WithDriverOption("size", "1"), Token));
        Assert.Contains("'size'", refused.Message, StringComparison.Ordinal);
    }

    private static string Name() => "ck-" + Guid.NewGuid().ToString("n");

    private async Task<IEnumerable<string>> NamesAsync(FilterSet filter) => (await Engine.Volumes.ListAsync(filter, Token)).Select(volume => volume.Name);
}
