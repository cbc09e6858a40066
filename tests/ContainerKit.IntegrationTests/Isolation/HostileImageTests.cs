using Xunit;

namespace ContainerKit.IntegrationTests.Isolation;

/// <summary>Images whose directories are links to paths of the host: whatever happens, nothing of the host changes or is read.</summary>
[Collection(IsolationCollection.Name)]
public sealed class HostileImageTests(IsolationFixture fixture)
{
    /// <summary>The links that a container's start goes through.</summary>
    private static readonly string[] s_places = ["etc", "proc", "dev", "sys", "data", "scratch", "job", "run", "etc/hosts", "etc/resolv.conf", "dev/pts", "sys/fs"];

    /// <summary>Ways to write the host's directory: absolute, upwards, and through the kernel's own links.</summary>
    public static TheoryData<string, string> Links
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string place in s_places)
            {
                data.Add(place, "");
                data.Add(place, "../../../../../../../../../..");
                data.Add(place, "/proc/self/root");
                data.Add(place, "/proc/1/cwd/../../..");
                data.Add(place, "/proc/self/fd/5/../..");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Links))]
    public async Task Link_to_the_host_redirects_no_mount(string place, string prefix)
    {
        string victim = MakeVictim();
        string image = MakeImage();
        MakeLink(image, place, prefix + victim);
        string source = Path.Combine(victim, "source");
        string[] before = Listing(victim);
        string[] imageBefore = Listing(image);
        string[] mounts = Mounts(fixture.HostDirectory);

        await RunAsync(image, source);

        Assert.Equal(before, Listing(victim));
        Assert.Equal(imageBefore, Listing(image));
        Assert.Equal(mounts, Mounts(fixture.HostDirectory));
    }

    /// <summary>Where the link's target exists inside, too, the start succeeds, and what is mounted is mounted there.</summary>
    [Theory]
    [InlineData("data")]
    [InlineData("scratch")]
    [InlineData("job")]
    [InlineData("etc")]
    public async Task Link_is_followed_inside_the_image(string place)
    {
        string victim = MakeVictim();
        string image = MakeImage();
        Directory.CreateDirectory(image + victim);
        MakeLink(image, place, victim);
        string[] before = Listing(victim);
        string[] imageBefore = Listing(image);

        Assert.Equal(0, await RunAsync(image, Path.Combine(victim, "source")));

        Assert.Equal(before, Listing(victim));
        Assert.Equal(imageBefore, Listing(image));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../../../../../../../../../..")]
    public async Task Users_are_not_read_through_a_link_to_the_host(string prefix)
    {
        string victim = MakeVictim();
        string image = MakeImage();
        MakeLink(image, "etc", prefix + victim);
        ContainerSpec spec = await SpecAsync(image);

        await Assert.ThrowsAnyAsync<ContainerKitException>(() => fixture.Engine.Containers.RunAsync(
            spec.WithUser("victim").WithCommand("/exit"), cancellationToken: IsolationFixture.Token));
    }

    /// <summary>The executable is looked for inside, too.</summary>
    [Fact]
    public async Task Program_behind_a_link_to_the_host_is_not_found()
    {
        string victim = MakeVictim();
        Probe.Write(Path.Combine(victim, "tool"), p => p.Call("getpid"));
        string image = MakeImage();
        MakeLink(image, "bin", victim);
        ContainerSpec spec = await SpecAsync(image);

        ContainerStartException failure = await Assert.ThrowsAsync<ContainerStartException>(() => fixture.Engine.Containers.RunAsync(
            spec.WithCommand("/bin/tool"), cancellationToken: IsolationFixture.Token));
        Assert.Equal(127, failure.ExitCode);
    }

    /// <summary>Runs a program with a bind, a tmpfs and a working directory at places of the image; its exit code, or null when it did not start.</summary>
    private async Task<int?> RunAsync(string image, string source)
    {
        ContainerSpec spec = (await SpecAsync(image)).WithCommand("/exit")
            .WithBind(source, "/data/bind/target").WithBind(Path.Combine(source, "file"), "/data/file").WithTmpfs("/scratch/memory").WithWorkingDirectory("/job/directory");
        try
        {
            return (await fixture.Engine.Containers.RunAsync(spec, cancellationToken: IsolationFixture.Token)).ExitCode - 1;
        }
        catch (ContainerStartException)
        {
            return null;
        }
    }

    private async Task<ContainerSpec> SpecAsync(string image)
        => ContainerSpec.FromImage(await fixture.Engine.Images.FromDirectoryAsync(image, IsolationFixture.Token));

    /// <summary>A directory of the host with everything that a container's start looks for or makes.</summary>
    private string MakeVictim()
    {
        string victim = Path.Combine(fixture.HostDirectory, Guid.NewGuid().ToString("n"));
        foreach (string directory in new[] { "source", "pts", "shm", "fs/cgroup", "sys/kernel", "bind/target", "memory" })
        {
            Directory.CreateDirectory(Path.Combine(victim, directory));
        }

        foreach (string file in new[] { "hosts", "resolv.conf", "hostname", "null", "file", "source/file", "sysrq-trigger" })
        {
            File.WriteAllText(Path.Combine(victim, file), "the host's");
        }

        File.WriteAllText(Path.Combine(victim, "passwd"), "victim:x:0:0::/:/bin/sh\n");
        return victim;
    }

    /// <summary>An image with nothing but a program that ends with its process id, 1.</summary>
    private string MakeImage()
    {
        string image = Directory.CreateDirectory(Path.Combine(fixture.HostDirectory, Guid.NewGuid().ToString("n"))).FullName;
        Probe.Write(Path.Combine(image, "exit"), p => p.Call("getpid"));
        return image;
    }

    private static void MakeLink(string image, string place, string target)
    {
        string link = Path.Combine(image, place);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, target);
    }

    /// <summary>Every entry with its kind, size, mode and time of change.</summary>
    private static string[] Listing(string directory)
        => [.. new DirectoryInfo(directory).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Select(e => $"{e.FullName} {e.LinkTarget} {e.Attributes} {e.UnixFileMode} {e.LastWriteTimeUtc:O} {(e is FileInfo f && f.LinkTarget is null ? f.Length : 0)}")
            .Order(StringComparer.Ordinal)];

    /// <summary>
    /// The host's mounts in a test's own directory and in places of the system, without what other programs mount beside: their directories for
    /// temporary files, and dockerd's network namespaces and layers.
    /// </summary>
    internal static string[] Mounts(string directory)
    {
        string[] others = [Path.GetTempPath(), "/run/", "/var/lib/"];
        return [.. File.ReadLines("/proc/self/mountinfo").Where(line =>
        {
            string place = line.Split(' ', 6)[4];
            return place.StartsWith(directory + "/", StringComparison.Ordinal) || !others.Any(other => place.StartsWith(other, StringComparison.Ordinal));
        })];
    }
}
