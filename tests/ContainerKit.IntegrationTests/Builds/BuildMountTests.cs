using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>The mounts of RUN.</summary>
public sealed class BuildMountTests(BuildBed bed) : IClassFixture<BuildBed>
{
    [Fact]
    public async Task Mounts_are_there_for_their_command_only()
    {
        bed.RequireUsers();
        string context = bed.Context(("data/f", "ctx\n"));
        string id = Guid.NewGuid().ToString("N");
        string file = """
            FROM busybox:local AS tools
            RUN mkdir /t && echo tool > /t/f
            FROM busybox:local
            WORKDIR /w
            RUN --mount=type=bind,source=data,target=/ctx cat /ctx/f > /bind && { touch /ctx/new 2>/dev/null && echo writable || echo read-only; } >> /bind
            RUN --mount=target=rel,rw touch rel/scratch && ls rel > /rw
            RUN --mount=from=tools,source=/t,target=/from cat /from/f > /from-stage
            RUN --mount=type=bind,from=busybox:local,source=/bin,target=/imgbin /imgbin/echo image > /from-image
            RUN --mount=type=cache,target=/cache,id=ID,uid=7,gid=8,mode=0711 stat -c "%a %u:%g" /cache > /cache-stat; echo kept >> /cache/log
            RUN --mount=type=cache,target=/cache,id=ID,uid=7,gid=8,mode=0711 tail -1 /cache/log > /cache-again
            RUN --mount=type=cache,target=/cache,id=ID-other ls -A /cache | wc -l > /cache-other
            RUN --mount=type=tmpfs,target=/mem --mount=type=tmpfs,target=/mem2 grep -c ' /mem.* tmpfs ' /proc/mounts > /tmpfs; echo x > /mem/f
            """.Replace("ID", id, StringComparison.Ordinal);
        Image image = await bed.BuildAsync(context, file);
        async Task Is(string expected, string script) => Assert.Equal(expected, await bed.ShellAsync(image, script));
        await Is("ctx\nread-only", "cat /bind");
        await Is("data\nscratch", "cat /rw");
        await Is("tool\nimage", "cat /from-stage /from-image");
        await Is("711 7:8", "cat /cache-stat");
        await Is("kept\n0", "cat /cache-again /cache-other");
        await Is("2", "cat /tmpfs");
        await Is("0", "find /ctx /w/rel /from /imgbin /cache /mem /mem2 ! -type d 2>/dev/null | wc -l");
        Assert.False(File.Exists(Path.Combine(context, "scratch")));
    }

    [Fact]
    public async Task Secrets_are_seen_by_their_command_and_by_nothing_else()
    {
        string context = bed.Context();
        string secret = "s3cret-" + Guid.NewGuid().ToString("N");
        const string file = """
            FROM busybox:local
            RUN --mount=type=secret,id=one wc -c < /run/secrets/one > /length; stat -c %a /run/secrets/one >> /length
            RUN --mount=type=secret,id=one,env=TOKEN sh -c 'echo ${#TOKEN} >> /length'
            RUN --mount=type=secret,id=one,target=/etc/token cp /etc/token /dev/null; ls /run/secrets 2>/dev/null | wc -l > /left
            """;
        var record = new BuildRecord();
        Image image = await bed.BuildAsync(context, file, spec => spec.WithSecret("one", BuildSecret.FromText(secret)), record);
        Assert.Equal($"{secret.Length}\n400\n{secret.Length}\n0", await bed.ShellAsync(image, "cat /length /left"));
        Assert.Equal("", await bed.ShellAsync(image, "ls -d /etc/token /run/secrets /run 2>/dev/null; true"));
        Assert.DoesNotContain(secret, record.Output, StringComparison.Ordinal);
        byte[] needle = Encoding.UTF8.GetBytes(secret);
        foreach (string path in Directory.EnumerateFiles(Path.Combine(bed.Directory, "data"), "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint }))
        {
            if (new FileInfo(path) is { Exists: true, Length: < 1 << 20 } file1 && !path.Contains("/removing/", StringComparison.Ordinal))
            {
                Assert.True(Read(file1).AsSpan().IndexOf(needle) < 0, $"{path} holds the secret");
            }
        }
        await Assert.ThrowsAsync<BuildException>(() => bed.BuildAsync(context, "FROM busybox:local\nRUN --mount=type=secret,id=two,required true\n"));

        static byte[] Read(FileInfo file)
        {
            try
            {
                return File.ReadAllBytes(file.FullName);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return [];
            }
        }
    }

    [Fact]
    public async Task Insecure_commands_have_to_be_allowed()
    {
        string context = bed.Context();
        await Assert.ThrowsAsync<UnsupportedException>(() => bed.BuildAsync(context, "FROM busybox:local\nRUN --security=insecure true\n"));
        await Assert.ThrowsAsync<UnsupportedException>(() => bed.BuildAsync(context, "# syntax=example.test/own\nFROM busybox:local\n"));
        await bed.BuildAsync(context, "FROM busybox:local\nRUN --security=sandbox true\n");
    }

    [Fact]
    public async Task A_cancelled_build_ends_and_keeps_what_was_finished()
    {
        string context = bed.Context();
        string unique = Guid.NewGuid().ToString("N");
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var watcher = new OutputWatcher(cancelled);
        BuildSpec spec = BuildSpec.FromDirectory(context).WithDockerfileText($"FROM busybox:local\nRUN echo {unique} > /f\nRUN echo ready; sleep 1000\n");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bed.Engine.Images.BuildAsync(spec, watcher, cancelled.Token));
        var record = new BuildRecord();
        await bed.BuildAsync(context, $"FROM busybox:local\nRUN echo {unique} > /f\n", record: record);
        Assert.Empty(record.Done);
    }

    private sealed class OutputWatcher(CancellationTokenSource source) : IProgress<BuildEvent>
    {
        public void Report(BuildEvent value)
        {
            if (value is BuildOutputEvent)
            {
                source.Cancel();
            }
        }
    }
}
