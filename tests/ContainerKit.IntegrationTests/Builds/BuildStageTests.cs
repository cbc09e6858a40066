using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>Stages, users, directories, links: the files that builds make.</summary>
public sealed class BuildStageTests(BuildBed bed) : IClassFixture<BuildBed>
{
    [Fact]
    public async Task Stages_take_files_from_each_other_and_nothing_leaks()
    {
        bed.RequireUsers();
        const string file = """
            ARG BASE=busybox:local
            FROM ${BASE} AS Build-Env
            WORKDIR /src
            ENV FROM_BUILDER=yes
            COPY seed .
            RUN mkdir -p out/bin && cp seed out/bin/tool && chown 7:8 out/bin/tool && chmod 4750 out/bin/tool \
             && ln -s bin/tool out/rel && ln -s /src/out/bin/tool out/abs && echo secret > /secret && mkdir -m 700 out/private && touch out/private/k

            FROM build-env AS tested
            RUN [ "$FROM_BUILDER" = yes ] && [ "$PWD" = /src ] && echo tested > out/report
            USER 9:9

            FROM scratch AS holder
            COPY --from=tested /src/out/report /r

            FROM busybox:local
            COPY --from=0 /src/out/bin/tool /by-index
            COPY --from=BUILD-ENV src/out/ /by-name/
            COPY --from=tested /src/out/report /src/out/b*n/tool /multi/
            COPY --from=holder /r /from-scratch
            COPY --from=busybox:local /bin/busybox /by-image
            COPY --from=tested --chown=5:6 /src/out/bin /chowned/
            """;
        string context = bed.Context(("seed", "tool body\n"));
        Image image = await bed.BuildAsync(context, file);
        Assert.Equal("tool body\n4750 7:8", await bed.ShellAsync(image, "cat /by-index; stat -c '%a %u:%g' /by-index"));
        Assert.Equal(
            ". ./abs ./bin ./bin/tool ./private ./private/k ./rel bin/tool\n/src/out/bin/tool\n4750 7:8\n700 0:0",
            await bed.ShellAsync(image, "cd /by-name; find . | sort | tr '\\n' ' '; readlink rel; readlink abs; stat -c '%a %u:%g' bin/tool private"));
        Assert.Equal("report\ntool\ntested", await bed.ShellAsync(image, "cd /multi; ls; cat report"));
        Assert.Equal("tested", await bed.ShellAsync(image, "cat /from-scratch"));
        Assert.Equal("same", await bed.ShellAsync(image, "cmp /bin/busybox /by-image && echo same"));
        Assert.Equal("5:6", await bed.ShellAsync(image, "stat -c '%u:%g' /chowned/tool"));
        Assert.Equal("", await bed.ShellAsync(image, "ls -d /src /secret 2>/dev/null; true"));
        Assert.DoesNotContain(image.Configuration.Config.Env, entry => entry.StartsWith("FROM_BUILDER", StringComparison.Ordinal));
        Assert.Equal(("", ""), (image.Configuration.Config.User ?? "", image.Configuration.Config.WorkingDir ?? ""));
        Image target = await bed.BuildAsync(context, file, spec => spec.WithTarget("TESTED"));
        Assert.Equal(("9:9", "/src"), (target.Configuration.Config.User, target.Configuration.Config.WorkingDir));
        BuildException failure = await bed.FailAsync(context, file, spec => spec.WithTarget("nosuchstage"));
        Assert.Contains("nosuchstage", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stages_that_the_result_does_not_need_are_left_out()
    {
        var record = new BuildRecord();
        await bed.BuildAsync(bed.Context(), "FROM busybox:local AS unused\nRUN false\nFROM busybox:local\nRUN true\n", record: record);
        Assert.Equal(["FROM busybox:local", "RUN true"], record.Ended.Select(happened => happened.Step.Text));
    }

    [Fact]
    public async Task Users_and_working_directories()
    {
        bed.RequireUsers();
        const string file = """
            FROM busybox:local
            RUN chmod 1777 /tmp && printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1500:1600:App:/home/app:/bin/sh\nnogrp:x:1501:1601::/:/bin/sh\n' > /etc/passwd \
             && printf 'root:x:0:\nappgrp:x:1600:\nextra:x:1700:app\nother:x:1800:\n' > /etc/group && mkdir -p /home/app /pre && chown app:appgrp /home/app && chown 7:7 /pre && chmod 1711 /pre
            WORKDIR /root-made/a/b
            USER app
            RUN echo "$(id -u):$(id -g):$(id -G | tr ' ' ,) HOME=$HOME USER=${USER-} PWD=$PWD" > /home/app/log
            WORKDIR /user-made/deep
            WORKDIR rel
            RUN echo "$PWD" >> /home/app/log
            COPY f /copied-as-user/
            WORKDIR /pre
            WORKDIR /home/app
            RUN echo mine > own && if touch /not-allowed 2>/dev/null; then exit 9; fi
            USER app:other
            RUN echo "$(id -u):$(id -g)" >> /home/app/log2
            USER 1500:1234
            RUN echo "$(id -u):$(id -g) HOME=$HOME" >> /home/app/log2
            USER 4242
            RUN echo "$(id -u):$(id -g) HOME=$HOME" > /tmp/log3
            USER :1800
            RUN echo "$(id -u):$(id -g)" > /log4
            USER app
            WORKDIR /root-made/a
            """;
        Image image = await bed.BuildAsync(bed.Context(("f", "f")), file);
        async Task Is(string expected, string script) => Assert.Equal(expected, await bed.ShellAsync(image, script));
        await Is("1500:1600:1600,1700 HOME=/home/app USER= PWD=/root-made/a/b\n/user-made/deep/rel", "cat /home/app/log");
        await Is("1500:1800\n1500:1234 HOME=/home/app", "cat /home/app/log2");
        await Is("4242:0 HOME=/", "cat /tmp/log3");
        await Is("0:1800", "cat /log4");
        await Is("755 0:0", "stat -c '%a %u:%g' /root-made /root-made/a /root-made/a/b | sort -u");
        await Is("755 1500:1600", "stat -c '%a %u:%g' /user-made /user-made/deep /user-made/deep/rel | sort -u");
        await Is("0:0", "stat -c '%u:%g' /copied-as-user /copied-as-user/f | sort -u");
        await Is("1711 7:7", "stat -c '%a %u:%g' /pre");
        await Is("1500:1600", "stat -c '%u:%g' /home/app/own");
        Assert.Equal(("app", "/root-made/a"), (image.Configuration.Config.User, image.Configuration.Config.WorkingDir));
    }

    [Fact]
    public async Task Directories_that_are_removed_and_made_again_are_empty()
    {
        const string file = """
            FROM busybox:local AS lower
            RUN mkdir -p /a/x/y /b/c /f2d /sl /m && for i in 1 2 3; do echo low > /a/x/$i; echo low > /a/x/y/$i; echo low > /b/c/$i; echo low > /sl/$i; done \
             && echo file > /d2f-src && ln -s /sl /dirlink && mkdir /d2f && echo low > /d2f/l && echo file > /f && chmod 700 /a/x
            FROM lower
            RUN rm -rf /a/x && mkdir /a/x && echo new > /a/x/2
            RUN rm -rf /b && mkdir -p /b/c && echo top > /b/c/only
            RUN rm -rf /d2f && echo now-file > /d2f
            RUN rm -f /f && mkdir /f && echo now-dir > /f/in
            RUN rm /dirlink && mkdir /dirlink && echo real > /dirlink/r
            RUN rm -rf /sl && ln -s /a/x /sl
            COPY fill /a/
            RUN mkdir -p /m/n && echo 1 > /m/n/1
            RUN rm -rf /m && mkdir -p /m/n && echo 2 > /m/n/2
            RUN echo 3 > /m/n/3
            RUN rm -rf /m && mkdir /m
            """;
        Image image = await bed.BuildAsync(bed.Context(("fill/x/3", "filled\n")), file);
        async Task Is(string expected, string script) => Assert.Equal(expected, await bed.ShellAsync(image, script));
        await Is("2 new\n3 filled\n755", "cd /a/x; for f in *; do echo $f $(cat $f); done; stat -c %a .");
        await Is(". ./c ./c/only top", "cd /b; find . | sort | tr '\\n' ' '; cat c/only");
        await Is("now-file\nnow-dir\nregular file\ndirectory", "cat /d2f /f/in; stat -c %F /d2f /f");
        await Is("r\ndirectory", "ls /dirlink; stat -c %F /dirlink");
        await Is("/a/x\n2\n3", "readlink /sl; ls /sl/");
        await Is("", "ls -A /m");
    }

    [Fact]
    public async Task Hard_links_stay_one_file()
    {
        const string file = """
            FROM busybox:local AS src
            RUN mkdir /h && echo one > /h/a && ln /h/a /h/b && mkdir /h/sub && ln /h/a /h/sub/c && dd if=/dev/zero of=/h/big bs=1M count=4 2>/dev/null && ln /h/big /h/big2 && ln -s a /h/s
            RUN echo changed > /h/sub/c
            FROM busybox:local
            COPY --from=src /h /copied/
            """;
        string context = bed.Context();
        Image source = await bed.BuildAsync(context, file, spec => spec.WithTarget("src"));
        Assert.Equal("same", await bed.ShellAsync(source, "[ $(stat -c %i /h/big) = $(stat -c %i /h/big2) ] && echo same"));
        Assert.True(source.Size - (await bed.Engine.Images.GetAsync(BuildBed.Base, TestContext.Current.CancellationToken)).Size < 6_000_000);
        Image image = await bed.BuildAsync(context, file);
        Assert.Equal("4194304\nchanged\na", await bed.ShellAsync(image, "cd /copied; cmp big big2 && stat -c %s big; cat sub/c; readlink s"));
    }

    [Fact]
    public async Task What_is_mounted_for_a_command_is_not_in_the_image()
    {
        const string file = """
            FROM busybox:local AS main
            RUN echo "10.9.8.7 injected" >> /etc/hosts && echo "# injected" >> /etc/resolv.conf; grep -c injected /etc/hosts > /seen
            RUN grep -c injected /etc/hosts > /seen2; :
            RUN touch /dev/shm/x /dev/made 2>/dev/null; mkdir -p /run/lock && echo r > /run/r
            FROM scratch AS empty
            COPY --from=main /seen /seen
            FROM main
            """;
        string context = bed.Context();
        Image image = await bed.BuildAsync(context, file);
        Assert.Equal("1\n0\nr", await bed.ShellAsync(image, "cat /seen /seen2 /run/r"));
        string files = Path.Combine(context, "..", "leak-files.tar");
        await bed.BuildAsync(context, file, spec => spec.WithOutput(BuildOutput.FilesArchive(files)));
        List<string> names = [];
        using (var reader = new System.Formats.Tar.TarReader(File.OpenRead(files)))
        {
            while (reader.GetNextEntry() is { } entry)
            {
                names.Add(entry.Name.TrimEnd('/'));
            }
        }
        Assert.DoesNotContain(names, name => name.StartsWith("dev/", StringComparison.Ordinal) || name.StartsWith("proc/", StringComparison.Ordinal) || name == "etc/hosts");
        await bed.BuildAsync(context, file, spec => spec.WithTarget("empty").WithOutput(BuildOutput.Files(Path.Combine(context, "out"))));
        Assert.Equal(["seen"], Directory.EnumerateFileSystemEntries(Path.Combine(context, "out")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Builds_with_a_source_date_give_the_same_bytes()
    {
        string context = bed.Context(("f", "content"));
        const string file = "FROM busybox:local\nCOPY f /new/dir/f\nRUN echo made > /made && mkdir /d\nWORKDIR /w\nENV A=1\n";
        DateTimeOffset date = DateTimeOffset.FromUnixTimeSeconds(1_500_000_000);
        Image first = await bed.BuildAsync(context, file, spec => spec with { SourceDate = date, NoCache = true });
        File.SetLastWriteTimeUtc(Path.Combine(context, "f"), DateTime.UtcNow.AddMinutes(-1));
        Image second = await bed.BuildAsync(context, file, spec => spec with { SourceDate = date, NoCache = true });
        Assert.Equal(first.Id, second.Id);
        Assert.Equal(date, first.Created);
    }
}
