using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>What commands of builds have besides what the Dockerfile says: networks, limits, secrets, agents, privileges.</summary>
public sealed class BuildSettingsTests(BuildBed bed) : IClassFixture<BuildBed>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commands_have_the_network_that_is_wanted()
    {
        string context = bed.Context();
        const string interfaces = "FROM busybox:local\nRUN ip -o link | cut -d: -f2 | tr -d ' ' | cut -d@ -f1 | sort | tr '\\n' ' ' > /n; readlink /proc/self/ns/net > /ns\n";
        string own = File.ResolveLinkTarget("/proc/self/ns/net", returnFinalTarget: false)!.Name;
        Image none = await bed.BuildAsync(context, interfaces, spec => spec.WithNetwork(BuildNetwork.None));
        Assert.Equal("lo ", await bed.ShellAsync(none, "cat /n"));
        Image host = await bed.BuildAsync(context, interfaces, spec => spec.WithNetwork(BuildNetwork.Host));
        Assert.Equal(own, await bed.ShellAsync(host, "cat /ns"));
        Assert.Equal(own, await bed.ShellAsync(await bed.BuildAsync(context, interfaces.Replace("RUN ", "RUN --network=host ", StringComparison.Ordinal), spec => spec.WithNetwork(BuildNetwork.None)), "cat /ns"));
        Image usual = await bed.BuildAsync(context, interfaces);
        if (bed.Engine.Networks.IsAvailable && (Environment.IsPrivilegedProcess || bed.Engine.Networks.Limitation is null))
        {
            Assert.Contains("eth0", await bed.ShellAsync(usual, "cat /n"), StringComparison.Ordinal);
            Assert.NotEqual(own, await bed.ShellAsync(usual, "cat /ns"));
        }
        await bed.FailAsync(context, interfaces, spec => spec.WithNetwork("no-such-network"));
        await Assert.ThrowsAsync<ArgumentException>(() => bed.BuildAsync(context, interfaces, spec => spec with { Network = BuildNetwork.None, NetworkName = "a" }));
    }

    [Fact]
    public async Task Commands_can_use_the_network_of_a_container()
    {
        await using Container other = await bed.Engine.Containers.StartAsync(
            ContainerSpec.FromImage(await bed.Engine.Images.GetAsync(BuildBed.Base, Token)).WithCommand("sleep", "1000000"), Token);
        string there = (await other.ExecAsync(["readlink", "/proc/self/ns/net"], cancellationToken: Token)).StandardOutput.Trim();
        Image image = await bed.BuildAsync(bed.Context(), "FROM busybox:local\nRUN readlink /proc/self/ns/net > /ns\n", spec => spec with { NetworkContainer = other.Id });
        Assert.Equal(there, await bed.ShellAsync(image, "cat /ns"));
    }

    [Fact]
    public async Task Commands_have_further_hosts_and_limits()
    {
        const string file = "FROM busybox:local\nRUN grep -c 'added.test' /etc/hosts > /r; ulimit -n >> /r; grep ' /dev/shm ' /proc/mounts | grep -c 'size=8192k' >> /r\n";
        Image image = await bed.BuildAsync(bed.Context(), file, spec => spec.WithExtraHost("added.test", "10.1.2.3") with
        {
            SharedMemorySize = ByteSize.MiB(8),
            Ulimits = spec.Ulimits.Add("nofile", new Ulimit(123, 123)),
        });
        Assert.Equal("1\n123\n1", await bed.ShellAsync(image, "cat /r"));
        Assert.Equal("0", await bed.ShellAsync(image, "grep -c added.test /etc/hosts; true"));
    }

    [Fact]
    public async Task A_secret_is_nowhere_on_the_disk_while_its_command_runs()
    {
        string context = bed.Context();
        string secret = "m3mory-" + Guid.NewGuid().ToString("N");
        const string file = """
            FROM busybox:local
            RUN --mount=type=secret,id=one,env=TOKEN --mount=type=secret,id=one,target=/run/deep/token,mode=0440 --mount=type=bind,target=/context \
              echo ready; i=0; while [ ! -e /context/go ] && [ $i -lt 6000 ]; do sleep 0.1; i=$((i + 1)); done; \
              echo ${#TOKEN} > /r; wc -c < /run/deep/token >> /r; stat -c %a /run/deep/token >> /r
            """;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<Image> building = bed.Engine.Images.BuildAsync(
            BuildSpec.FromDirectory(context).WithDockerfileText(file).WithSecret("one", BuildSecret.FromText(secret)), new ReadyWatcher(ready), Token);
        await await Task.WhenAny(ready.Task, building);
        List<string> found = [.. FindOnDisk(Path.Combine(bed.Directory, "data"), Encoding.UTF8.GetBytes(secret))];
        await File.WriteAllTextAsync(Path.Combine(context, "go"), "", Token);
        Image image = await building;
        Assert.Empty(found);
        Assert.Equal($"{secret.Length}\n{secret.Length}\n440", await bed.ShellAsync(image, "cat /r"));
        Assert.Empty(FindOnDisk(Path.Combine(bed.Directory, "data"), Encoding.UTF8.GetBytes(secret)));
    }

    [Fact]
    public async Task A_secret_is_as_large_as_it_may_be()
    {
        const int size = 500 << 10;
        const string file = "FROM busybox:local\nRUN --mount=type=secret,id=large wc -c < /run/secrets/large > /r\n";
        Image image = await bed.BuildAsync(bed.Context(), file, spec => spec.WithSecret("large", BuildSecret.FromText(new string('x', size))));
        Assert.Equal("512000", await bed.ShellAsync(image, "cat /r"));
        await bed.FailAsync(bed.Context(), file, spec => spec.WithSecret("large", BuildSecret.FromText(new string('x', size * 2))).WithoutCache());
    }

    [Fact]
    public async Task Privileges_are_there_where_they_were_allowed()
    {
        const string file = "FROM busybox:local\nRUN --security=insecure grep CapEff /proc/self/status > /insecure\nRUN grep CapEff /proc/self/status > /usual\n";
        Image image = await bed.BuildAsync(bed.Context(), file, spec => spec with { AllowInsecure = true });
        Assert.NotEqual(await bed.ShellAsync(image, "cat /usual"), await bed.ShellAsync(image, "cat /insecure"));
    }

    [Theory]
    [InlineData("type=bind,target=/x,uid=5")]
    [InlineData("type=bind,target=/x,sharing=locked")]
    [InlineData("type=tmpfs,target=/x,ro")]
    [InlineData("type=tmpfs,target=/x,mode=0700")]
    [InlineData("type=secret,id=a,rw")]
    [InlineData("type=cache,target=/x,required")]
    [InlineData("type=ssh,source=/x")]
    public async Task What_a_mount_can_not_have_is_an_error(string mount)
        => await bed.FailAsync(bed.Context(), $"FROM busybox:local\nRUN --mount={mount} true\n");

    private static IEnumerable<string> FindOnDisk(string root, byte[] needle)
    {
        const int maxSize = 1 << 20;
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string path in Directory.EnumerateFiles(root, "*", options))
        {
            byte[] content;
            try
            {
                content = new FileInfo(path) is { Exists: true, Length: < maxSize } ? File.ReadAllBytes(path) : [];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            if (content.AsSpan().IndexOf(needle) >= 0)
            {
                yield return path;
            }
        }
    }

    private sealed class ReadyWatcher(TaskCompletionSource ready) : IProgress<BuildEvent>
    {
        public void Report(BuildEvent value)
        {
            if (value is BuildOutputEvent)
            {
                ready.TrySetResult();
            }
        }
    }
}
