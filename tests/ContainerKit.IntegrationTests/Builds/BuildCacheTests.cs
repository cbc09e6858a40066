using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>What comes from the cache and what does not.</summary>
public sealed class BuildCacheTests(BuildBed bed) : IClassFixture<BuildBed>
{
    private const string Stamp = "RUN cat /proc/sys/kernel/random/uuid > /stamp";

    [Fact]
    public async Task A_build_without_a_change_is_the_same_image()
    {
        string context = bed.Context(("data/one", "1\n"), ("data/sub/two", "2\n"));
        const string file = $"""
            FROM {BuildBed.Base}
            ENV A=1 B="two words"
            COPY data /data/
            {Stamp}
            LABEL kind=cache
            WORKDIR /w/x
            USER 1000:1000
            EXPOSE 80
            VOLUME /vol
            ENTRYPOINT ["cat"]
            CMD ["/stamp"]
            """;
        var first = new BuildRecord();
        Image image = await bed.BuildAsync(context, file, spec => spec.WithTag("cache:1"), first);
        Assert.Equal(3, first.Done.Count);

        var second = new BuildRecord();
        Image again = await bed.BuildAsync(context, file, spec => spec.WithTag("cache:2"), second);
        Assert.Equal(image.Id, again.Id);
        Assert.Empty(second.Done);

        string elsewhere = bed.Context(("data/one", "1\n"), ("data/sub/two", "2\n"));
        Image other = await bed.BuildAsync(elsewhere, "# a comment\n\n" + file.Replace("LABEL", "# inner\nLABEL", StringComparison.Ordinal));
        Assert.Equal(image.Id, other.Id);

        Image anew = await bed.BuildAsync(context, file, spec => spec.WithoutCache());
        Assert.NotEqual(image.Id, anew.Id);
        if (bed.MapsUsers)
        {
            Assert.NotEqual(await bed.RunAsync(image), await bed.RunAsync(anew));
        }
    }

    [Fact]
    public async Task Dates_of_files_do_not_matter_but_contents_modes_and_names_do()
    {
        string context = bed.Context(("tree/f", "f\n"), ("tree/d/g", "g\n"), ("single", "s\n"));
        const string file = $"FROM {BuildBed.Base}\nCOPY tree /tree/\nCOPY single /single\n{Stamp}\n";
        Image image = await bed.BuildAsync(context, file);

        File.SetLastWriteTimeUtc(Path.Combine(context, "tree/f"), new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc));
        Directory.SetLastWriteTimeUtc(Path.Combine(context, "tree/d"), new DateTime(2031, 2, 3, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(image.Id, (await bed.BuildAsync(context, file)).Id);

        File.SetUnixFileMode(Path.Combine(context, "tree/f"), (UnixFileMode)Convert.ToInt32("755", 8));
        Image changed = await bed.BuildAsync(context, file);
        Assert.NotEqual(image.Id, changed.Id);
        Assert.Equal("755", await bed.ShellAsync(changed, "stat -c %a /tree/f"));
        File.SetUnixFileMode(Path.Combine(context, "tree/f"), (UnixFileMode)Convert.ToInt32("644", 8));
        Assert.Equal(image.Id, (await bed.BuildAsync(context, file)).Id);

        // The same size and the same date, and other bytes.
        DateTime date = File.GetLastWriteTimeUtc(Path.Combine(context, "single"));
        File.WriteAllText(Path.Combine(context, "single"), "Z\n");
        File.SetLastWriteTimeUtc(Path.Combine(context, "single"), date);
        Image other = await bed.BuildAsync(context, file);
        Assert.NotEqual(image.Id, other.Id);
        Assert.Equal("Z", await bed.ShellAsync(other, "cat /single"));
        File.WriteAllText(Path.Combine(context, "single"), "s\n");

        File.Move(Path.Combine(context, "tree/f"), Path.Combine(context, "tree/f2"));
        Image renamed = await bed.BuildAsync(context, file);
        Assert.Equal("d\nf2", await bed.ShellAsync(renamed, "ls /tree"));
        Assert.NotEqual(await bed.ShellAsync(image, "cat /stamp"), await bed.ShellAsync(renamed, "cat /stamp"));
        File.Move(Path.Combine(context, "tree/f2"), Path.Combine(context, "tree/f"));

        File.WriteAllText(Path.Combine(context, "unrelated"), "x");
        Assert.Equal(image.Id, (await bed.BuildAsync(context, file)).Id);
    }

    [Fact]
    public async Task A_change_is_seen_by_the_steps_behind_it_only()
    {
        string context = bed.Context(("a", "a\n"), ("b", "b\n"), ("c", "c\n"));
        const string file = $"""
            FROM {BuildBed.Base}
            COPY a /a
            RUN cat /proc/sys/kernel/random/uuid > /stamp1
            COPY b /b
            RUN cat /proc/sys/kernel/random/uuid > /stamp2
            COPY c /c
            RUN cat /proc/sys/kernel/random/uuid > /stamp3
            """;
        Image image = await bed.BuildAsync(context, file);
        string[] stamps = (await bed.ShellAsync(image, "cat /stamp1 /stamp2 /stamp3")).Split('\n');
        File.WriteAllText(Path.Combine(context, "b"), "changed\n");
        Image changed = await bed.BuildAsync(context, file);
        string[] other = (await bed.ShellAsync(changed, "cat /stamp1 /stamp2 /stamp3")).Split('\n');
        Assert.Equal(stamps[0], other[0]);
        Assert.NotEqual(stamps[1], other[1]);
        Assert.NotEqual(stamps[2], other[2]);
        File.WriteAllText(Path.Combine(context, "b"), "b\n");
        Assert.Equal(image.Id, (await bed.BuildAsync(context, file)).Id);
        Image text = await bed.BuildAsync(context, file.Replace("RUN cat /proc/sys/kernel/random/uuid > /stamp1", "RUN : && cat /proc/sys/kernel/random/uuid > /stamp1", StringComparison.Ordinal));
        Assert.NotEqual(stamps[0], await bed.ShellAsync(text, "cat /stamp1"));
    }

    [Fact]
    public async Task Arguments_matter_from_their_declaration_on_and_proxies_never()
    {
        string context = bed.Context();
        const string file = $"""
            FROM {BuildBed.Base}
            RUN cat /proc/sys/kernel/random/uuid > /stamp-before
            ARG VER=1
            ARG OTHER
            RUN cat /proc/sys/kernel/random/uuid > /stamp-after; echo "ver=$VER other=${"{"}OTHER-unset{"}"}" > /args; env > /env
            ENV VER=fixed
            RUN echo "ver=$VER" > /args2
            """;
        Image image = await bed.BuildAsync(context, file);
        Assert.Equal("ver=1 other=unset", await bed.ShellAsync(image, "cat /args"));
        Image given = await bed.BuildAsync(context, file, spec => spec.WithArgument("VER", "2"));
        Assert.Equal(await bed.ShellAsync(image, "cat /stamp-before"), await bed.ShellAsync(given, "cat /stamp-before"));
        Assert.NotEqual(await bed.ShellAsync(image, "cat /stamp-after"), await bed.ShellAsync(given, "cat /stamp-after"));
        Assert.Equal("ver=2 other=unset\nver=fixed", await bed.ShellAsync(given, "cat /args /args2"));
        Assert.Equal(given.Id, (await bed.BuildAsync(context, file, spec => spec.WithArgument("VER", "2"))).Id);
        Assert.Equal("ver=1 other=", await bed.ShellAsync(await bed.BuildAsync(context, file, spec => spec.WithArgument("OTHER", "")), "cat /args"));
        Assert.Equal(image.Id, (await bed.BuildAsync(context, file)).Id);

        Image proxy = await bed.BuildAsync(context, file, spec => spec.WithArgument("HTTP_PROXY", "http://user:password@127.0.0.1:9"));
        Assert.Equal(image.Id, proxy.Id);
        Image anew = await bed.BuildAsync(context, file, spec => spec.WithArgument("HTTP_PROXY", "http://user:password@127.0.0.1:9").WithoutCache());
        Assert.Contains("HTTP_PROXY=http://user:password@", await bed.ShellAsync(anew, "cat /env"), StringComparison.Ordinal);
        Assert.DoesNotContain("password", System.Text.Encoding.UTF8.GetString(anew.Configuration.ToUtf8Json()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cache_is_measured_and_emptied()
    {
        string context = bed.Context();
        string file = $"FROM {BuildBed.Base}\nRUN --mount=type=cache,target=/c dd if=/dev/zero of=/c/big bs=1024 count=100 2>/dev/null; echo {Guid.NewGuid():N} > /f\n";
        Image image = await bed.BuildAsync(context, file);
        DiskUsage usage = await bed.Engine.GetDiskUsageAsync(TestContext.Current.CancellationToken);
        Assert.True(usage.BuildCacheLayersSize > 0);
        Assert.True(usage.BuildCacheMountsSize >= 100 * 1024);
        Assert.Equal(0, (await bed.Engine.PruneBuildCacheAsync(FilterSet.Empty.With("until", "24h"), TestContext.Current.CancellationToken)).RemovedSteps);
        BuildCachePruneReport report = await bed.Engine.PruneBuildCacheAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(report.RemovedSteps > 0 && report.ReclaimedSpace.Bytes >= 100 * 1024);
        usage = await bed.Engine.GetDiskUsageAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), (usage.BuildCacheLayersSize, usage.BuildCacheMountsSize));
        Assert.Equal(33, (await bed.ShellAsync(image, "cat /f")).Length + 1);
        var record = new BuildRecord();
        await bed.BuildAsync(context, file, record: record);
        Assert.Single(record.Done);
    }

    [Fact]
    public async Task What_was_finished_of_a_failed_build_is_used_by_the_next_one()
    {
        string context = bed.Context();
        const string good = $"FROM {BuildBed.Base}\n{Stamp}; : kept\n";
        BuildException failure = await bed.FailAsync(context, good + "RUN echo out; exit 3\n");
        Assert.Equal(3, failure.ExitCode);
        Assert.Equal(3, failure.Line);
        var record = new BuildRecord();
        await bed.BuildAsync(context, good, record: record);
        Assert.Empty(record.Done);
    }
}
