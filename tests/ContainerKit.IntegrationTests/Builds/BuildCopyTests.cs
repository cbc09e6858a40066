using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>COPY and ADD: destinations, owners, patterns, archives, and what is left out.</summary>
public sealed class BuildCopyTests(BuildBed bed) : IClassFixture<BuildBed>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Destinations_mean_what_they_mean_in_docker()
    {
        string context = bed.Context(
            ("f1", "one\n"), ("f2", "two\n"), ("d/in", "in\n"), ("d/.hidden", "h\n"), ("d/sub/s", "s\n"), ("e/in", "ein\n"), ("e/sub/t", "t\n"), ("nested/a/leaf.txt", "a\n"),
            ("nested/b/leaf.txt", "b\n"), ("empty/", ""));
        const string file = """
            FROM busybox:local
            COPY f1 /as-file
            COPY f1 /as-dir/
            COPY d /dir-contents
            COPY d/ /dir-contents2/
            COPY f1 f2 d /many/
            COPY f? /wild/
            COPY [a-z]1 /wild-one
            COPY d/* /star/
            COPY d /merge/
            COPY e /merge
            COPY nested/*/leaf.txt /leaves/
            COPY . /everything/
            COPY f1 .
            WORKDIR /w
            COPY f1 .
            COPY f1 ./renamed
            COPY f1 sub/
            COPY f2 ..
            COPY d d
            COPY d/sub /w/d/sub2
            RUN mkdir /dst && echo old > /dst/f1 && chmod 700 /dst
            COPY f1 /dst
            COPY f2 /dst/f1
            COPY empty /made-empty/
            COPY empty/ e/
            COPY ["f1", "f2", "/json/"]
            """;
        Image image = await bed.BuildAsync(context, file);
        async Task Is(string expected, string script) => Assert.Equal(expected, await bed.ShellAsync(image, script));
        Task Tree(string expected, string directory) => Is(expected, $"cd {directory} && find . -mindepth 1 | sort | tr '\\n' ' '");
        await Is("one\none", "cat /as-file /as-dir/f1");
        await Tree("./.hidden ./in ./sub ./sub/s ", "/dir-contents");
        await Tree("./.hidden ./in ./sub ./sub/s ", "/dir-contents2");
        await Tree("./.hidden ./f1 ./f2 ./in ./sub ./sub/s ", "/many");
        await Tree("./f1 ./f2 ", "/wild");
        await Is("one", "cat /wild-one");
        await Tree("./.hidden ./in ./s ", "/star");
        await Tree("./.hidden ./in ./sub ./sub/s ./sub/t ", "/merge");
        await Is("ein", "cat /merge/in");
        await Is("b", "cat /leaves/leaf.txt");
        await Is("d\ne\nempty\nf1\nf2\nnested\none", "ls /everything; cat /f1");
        await Tree("./d ./d/.hidden ./d/in ./d/sub ./d/sub/s ./d/sub2 ./d/sub2/s ./e ./f1 ./renamed ./sub ./sub/f1 ", "/w");
        await Is("two", "cat /f2");
        await Is("f1\ntwo\n700", "ls /dst; cat /dst/f1; stat -c %a /dst");
        await Is("", "ls -A /made-empty /w/e | grep -v :; true");
        await Tree("./f1 ./f2 ", "/json");
    }

    [Theory]
    [InlineData("COPY f1 f2 /noslash")]
    [InlineData("COPY f? /noslash")]
    [InlineData("COPY f1")]
    [InlineData("COPY")]
    [InlineData("COPY [\"f1\"]")]
    [InlineData("COPY zzz* /x/")]
    [InlineData("COPY --bogus f1 /x")]
    [InlineData("COPY --from=busybox:local /no/such/file /x")]
    [InlineData("COPY f1 /isfile/below")]
    [InlineData("COPY d /isfile")]
    [InlineData("COPY f1 /bin/busybox/x")]
    [InlineData("COPY --chown=nosuch f1 /x")]
    [InlineData("COPY --chown=root:nosuch f1 /x")]
    [InlineData("COPY --chown=a:b:c f1 /x")]
    [InlineData("COPY --chmod=999 f1 /x")]
    [InlineData("COPY ../outdir /x/")]
    [InlineData("COPY d/../../outside.txt /x")]
    [InlineData("COPY ./../../../../../../../../etc/hostname /x")]
    [InlineData("COPY leak /x")]
    [InlineData("COPY leakabs /x")]
    [InlineData("COPY leakdir/hostname /x")]
    [InlineData("COPY --from=busybox:local ../../../../../../../../../etc/hostname-of-the-host /x")]
    [InlineData("ADD nosuchfile /x")]
    public async Task What_can_not_be_copied_is_an_error(string instruction)
    {
        string context = bed.Context(("f1", "one\n"), ("f2", "two\n"), ("d/in", "in\n"));
        File.WriteAllText(Path.Combine(context, "..", "outside.txt"), "outside");
        File.CreateSymbolicLink(Path.Combine(context, "leak"), "../outside.txt");
        File.CreateSymbolicLink(Path.Combine(context, "leakabs"), "/etc/hostname");
        File.CreateSymbolicLink(Path.Combine(context, "leakdir"), "/etc");
        await bed.FailAsync(context, $"FROM busybox:local\nRUN mkdir /isdir && echo x > /isfile\n{instruction}\n");
    }

    [Fact]
    public async Task Links_are_copied_as_links_and_ways_inside_the_context_work()
    {
        string context = bed.Context(("inside", "in\n"), ("sub/s", "s\n"));
        File.CreateSymbolicLink(Path.Combine(context, "leak"), "../outside.txt");
        File.CreateSymbolicLink(Path.Combine(context, "leakabs"), "/etc/hostname");
        Image image = await bed.BuildAsync(context, "FROM busybox:local\nCOPY sub/../inside /x\nCOPY ./sub/./s /y\nCOPY /inside /z\nCOPY inside ../../../up/../w\nCOPY . /all/\n");
        Assert.Equal("in\ns\nin\nin", await bed.ShellAsync(image, "cat /x /y /z /w"));
        Assert.Equal("../outside.txt\n/etc/hostname", await bed.ShellAsync(image, "readlink /all/leak; readlink /all/leakabs"));
    }

    [Fact]
    public async Task Owners_are_given_by_name_and_number()
    {
        bed.RequireUsers();
        string context = bed.Context(("tree/f", "f"), ("tree/d/g", "g"));
        File.CreateSymbolicLink(Path.Combine(context, "tree/l"), "f");
        const string file = """
            FROM busybox:local
            RUN printf 'root:x:0:0::/:/bin/sh\nweb:x:1234:1234::/:/bin/sh\n' > /etc/passwd && printf 'root:x:0:\nweb:x:1234:\nstaff:x:555:\n' > /etc/group \
             && mkdir -m 0700 /exists && touch /exists/before && chown 9:9 /exists /exists/before
            COPY --chown=web tree /name/
            COPY --chown=web:staff tree /name-group/
            COPY --chown=web:777 tree /name-gid/
            COPY --chown=3333 tree /uid/
            COPY --chown=3333:staff tree /uid-group/
            COPY --chown=web:staff tree /exists/
            COPY --chown=web:staff tree/f /new/parents/of/f
            ADD --chown=44:55 tree/f /added/
            ARG OWNER=web:staff
            COPY --chown=${OWNER} tree/f /arg/
            USER web
            COPY tree/f /plain/
            """;
        Image image = await bed.BuildAsync(context, file);
        async Task Own(string expected, string path) => Assert.Equal(expected, await bed.ShellAsync(image, $"cd {path} && find . | xargs stat -c '%u:%g' | sort -u"));
        await Own("1234:1234", "/name");
        await Own("1234:555", "/name-group");
        await Own("1234:777", "/name-gid");
        await Own("3333:3333", "/uid");
        await Own("3333:555", "/uid-group");
        await Own("1234:555", "/new");
        await Own("44:55", "/added");
        await Own("1234:555", "/arg");
        await Own("0:0", "/plain");
        Assert.Equal(
            "before 9:9\nf 1234:555\nd 1234:555\nd/g 1234:555\nl 1234:555\n9:9 700",
            await bed.ShellAsync(image, "cd /exists; stat -c '%n %u:%g' before f d d/g l; stat -c '%u:%g %a' ."));
        Image scratch = await bed.BuildAsync(context, "FROM scratch\nCOPY --chown=12:34 tree /x/\nCOPY --from=busybox:local /bin /bin\n");
        Assert.Equal("12:34", await bed.ShellAsync(scratch, "stat -c %u:%g /x/f"));
        await bed.FailAsync(context, "FROM scratch\nCOPY --chown=web tree /x/\n");
    }

    [Fact]
    public async Task Flags_of_newer_dockerfiles()
    {
        string context = bed.Context(
            ("a/d/g", "g\n"), ("a/f", "f\n"), ("a/t.txt", "t\n"), ("a/d/e/u.txt", "u\n"), ("docs/k.txt", "k"), ("docs/x.md", "x"), ("docs/d/y.txt", "y"), ("modes/plain", ""), ("modes/exe", ""), ("modes/dir/", ""));
        File.SetUnixFileMode(Path.Combine(context, "modes/plain"), (UnixFileMode)Convert.ToInt32("600", 8));
        File.SetUnixFileMode(Path.Combine(context, "modes/exe"), (UnixFileMode)Convert.ToInt32("700", 8));
        const string file = """
            FROM busybox:local AS src
            RUN mkdir -p /x/y/z && echo 1 > /x/y/z/1 && echo 2 > /x/y/2
            FROM busybox:local
            COPY --parents a/d/g a/f /parents/
            COPY --parents ./a/./d/g /pivot/
            COPY --parents a/**/*.txt /deep/
            COPY --exclude=*.md --exclude=d docs /excluded/
            COPY --chmod=u=rwX,go=rX modes /sym/
            COPY --chmod=+x modes/plain /plusx
            COPY --link a/f /linked/
            COPY --parents --from=src /x/y/./z /fromstage/
            RUN mkdir /real && ln -s /real /viaimg
            COPY --link a/f /viaimg/f
            RUN --network=none ip addr | grep -c '^[0-9]*: lo' > /net
            RUN --mount=type=secret,id=nosuch,target=/sec ls -A /sec 2>/dev/null | wc -l > /no-secret
            """;
        Image image = await bed.BuildAsync(context, file);
        async Task Tree(string expected, string directory) => Assert.Equal(expected, await bed.ShellAsync(image, $"cd {directory} && find . -type f | sort | tr '\\n' ' '"));
        await Tree("./a/d/g ./a/f ", "/parents");
        await Tree("./d/g ", "/pivot");
        await Tree("./a/d/e/u.txt ./a/t.txt ", "/deep");
        await Tree("./z/1 ", "/fromstage");
        await Tree("./k.txt ", "/excluded");
        await Tree("./f ", "/linked");
        Assert.Equal("plain 644\nexe 755\ndir 755\n711", await bed.ShellAsync(image, "cd /sym; stat -c '%n %a' plain exe dir; stat -c %a /plusx"));
        Assert.Equal("dir\nf", await bed.ShellAsync(image, "[ -L /viaimg ] && echo link || echo dir; cat /viaimg/f"));
        Assert.Equal("1\n0", await bed.ShellAsync(image, "cat /net /no-secret"));
    }

    [Fact]
    public async Task Archives_are_unpacked_by_their_content()
    {
        string context = bed.Context(("fake.tar.gz", "just text, not an archive\n"), ("empty.tar", ""), ("tree/", ""), ("f.txt", "plain file\n"));
        byte[] archive = Tar(("a/", ""), ("a/file", "a file\n"), ("a/implicit/leaf", "leaf\n"));
        await File.WriteAllBytesAsync(Path.Combine(context, "a.tar"), archive, Token);
        await using (var gzip = new GZipStream(File.Create(Path.Combine(context, "b.data")), CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(archive, Token);
        }
        await File.WriteAllBytesAsync(Path.Combine(context, "tree", "inner.tar"), archive, Token);
        await File.WriteAllBytesAsync(Path.Combine(context, "overlay.tar"), Tar(("etc2/keep", "from tar\n"), ("etc2/todir/x", "x\n"), ("lib/through", "link\n")), Token);
        const string file = """
            FROM busybox:local
            ADD a.tar /x/
            ADD b.data /y
            COPY a.tar /copied/
            ADD fake.tar.gz empty.tar /notar/
            ADD tree /tree/
            RUN mkdir -m 0711 /etc2 && echo old > /etc2/keep && echo stays > /etc2/other && mkdir -p /usr/lib && ln -s usr/lib /lib
            ADD overlay.tar /
            WORKDIR /wd
            ADD a.tar f.txt rel/mixed/
            ADD --unpack=false a.tar /packed/
            """;
        Image image = await bed.BuildAsync(context, file);
        async Task Is(string expected, string script) => Assert.Equal(expected, await bed.ShellAsync(image, script));
        await Is("a file\nleaf\na file", "cat /x/a/file /x/a/implicit/leaf /y/a/file");
        await Is("a.tar", "ls /copied");
        await Is("empty.tar\nfake.tar.gz", "ls /notar");
        await Is("inner.tar", "ls /tree");
        await Is("from tar\nstays\nx\n711", "cd /etc2; cat keep other todir/x; stat -c %a .");
        await Is("link\nlink", "cat /usr/lib/through /lib/through");
        await Is("a\nf.txt\na.tar", "ls /wd/rel/mixed; ls /packed");
        var record = new BuildRecord();
        Assert.Equal(image.Id, (await bed.BuildAsync(context, file, record: record)).Id);
        Assert.Empty(record.Done);
    }

    [Theory]
    [InlineData("../../../../../../../../tmp/ck-build-escape", null)]
    [InlineData("link/ck-build-escape", "/tmp")]
    [InlineData("link/ck-build-escape", "../../../../../../../../tmp")]
    public async Task Hostile_archives_never_leave_the_image(string name, string? link)
    {
        string context = bed.Context();
        using (var file = File.Create(Path.Combine(context, "evil.tar")))
        using (var writer = new TarWriter(file))
        {
            if (link is not null)
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = link });
            }
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream("evil"u8.ToArray()) });
        }
        try
        {
            await bed.BuildAsync(context, "FROM busybox:local\nADD evil.tar /in/side/\n");
        }
        catch (BuildException)
        {
            // Refused is as well as confined.
        }
        Assert.False(File.Exists("/tmp/ck-build-escape"));
    }

    [Fact]
    public async Task What_is_ignored_is_not_there()
    {
        string context = bed.Context(
            (".dockerignore", "# comment\n*.log\n!keep.log\n**/*.o\n!src/lib/vendor/*.o\nsrc/tmp\n!src/tmp/keep\n/rooted\nnode_modules\n!node_modules/ok\n .git \nDockerfile\n.dockerignore\nq?\n!q10\n"),
            ("a.log", ""), ("keep.log", ""), ("sub/a.log", ""), ("src/main.c", ""), ("src/main.o", ""), ("src/lib/util.o", ""), ("src/lib/vendor/v.o", ""), ("src/tmp/x", ""), ("src/tmp/keep/z", ""),
            ("rooted/r", ""), ("nested/rooted/r", ""), ("node_modules/no/index.js", ""), ("node_modules/ok/index.js", ""), (".git/config", ""), ("q1", ""), ("q10", ""), ("with space/in side", ""));
        const string file = "FROM busybox:local\nCOPY . /all/\nCOPY src /src/\n";
        Image image = await bed.BuildAsync(context, file);
        Assert.Equal(
            "keep.log nested/rooted/r node_modules/ok/index.js q10 src/lib/vendor/v.o src/main.c src/tmp/keep/z sub/a.log with space/in side ",
            await bed.ShellAsync(image, "cd /all; find . -type f | sed 's,^\\./,,' | sort | tr '\\n' ' '"));
        Assert.Equal("./lib/vendor/v.o ./main.c ./tmp/keep/z ", await bed.ShellAsync(image, "cd /src; find . -type f | sort | tr '\\n' ' '"));
        BuildException failure = await bed.FailAsync(context, "FROM busybox:local\nCOPY src/main.o /x\n");
        Assert.Contains("main.o", failure.Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(context, "a.log"), "changed");
        Assert.Equal(image.Id, (await bed.BuildAsync(context, file)).Id);
        File.WriteAllText(Path.Combine(context, "keep.log"), "changed");
        Assert.NotEqual(image.Id, (await bed.BuildAsync(context, file)).Id);
        File.WriteAllText(Path.Combine(context, ".dockerignore"), "*\n!src\nsrc/tmp\n");
        Assert.Equal("src", await bed.ShellAsync(await bed.BuildAsync(context, file), "ls /all"));
        File.WriteAllText(Path.Combine(context, ".dockerignore"), "!\n");
        await bed.FailAsync(context, file);
    }

    [Fact]
    public async Task Contexts_come_as_archives_and_by_name()
    {
        byte[] archive = Tar(("Dockerfile", "FROM busybox:local\nCOPY f /f\nCOPY --from=other g /g\nCOPY --from=images /bin/busybox /again\n"), ("f", "from the archive\n"));
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(archive, Token);
        }
        compressed.Position = 0;
        string other = bed.Context(("g", "by name\n"));
        BuildSpec spec = BuildSpec.FromContext(BuildContext.FromTar(compressed))
            .WithNamedContext("other", BuildContext.FromDirectory(other)).WithNamedContext("images", BuildContext.FromImage(BuildBed.Base));
        Image image = await bed.Engine.Images.BuildAsync(spec, cancellationToken: Token);
        Assert.Equal("from the archive\nby name", await bed.ShellAsync(image, "cat /f /g; cmp /again /bin/busybox"));
        await Assert.ThrowsAsync<BuildException>(() => bed.Engine.Images.BuildAsync(BuildSpec.FromDockerfile("FROM busybox:local\nCOPY f /f\n"), cancellationToken: Token));
        await Assert.ThrowsAsync<NotFoundException>(() => bed.Engine.Images.BuildAsync(BuildSpec.FromDirectory("/no/such/directory"), cancellationToken: Token));
    }

    private static byte[] Tar(params (string Name, string Text)[] entries)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach ((string name, string text) in entries)
            {
                writer.WriteEntry(name.EndsWith('/')
                    ? new PaxTarEntry(TarEntryType.Directory, name) { Mode = (UnixFileMode)Convert.ToInt32("755", 8) }
                    : new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = (UnixFileMode)Convert.ToInt32("644", 8), DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
            }
        }
        return archive.ToArray();
    }
}
