using System.Formats.Tar;
using System.Text;
using ContainerKit.Cli.Tests.Hosting;
using Xunit;

namespace ContainerKit.Cli.Tests.Builds;

/// <summary>Builds by a server: the context goes over the socket, and what its .dockerignore leaves out stays here.</summary>
public sealed class ServerBuildTests : IAsyncLifetime
{
    private Workspace _workspace = null!;

    public async ValueTask InitializeAsync()
    {
        _workspace = await Workspace.CreateAsync();
        await _workspace.ServeAsync();
        await _workspace.ServedAsync(0, "import", _workspace.Path("root.tar"), "app:1");
    }

    public ValueTask DisposeAsync() => _workspace?.DisposeAsync() ?? default;

    [Fact]
    public async Task The_context_is_sent_without_what_is_ignored_and_gives_the_same_image_as_here()
    {
        await _workspace.WriteAsync("context/.dockerignore", "secret\nDockerfile\n.dockerignore\n!kept/secret\n");
        await _workspace.WriteAsync("context/secret", "x");
        await _workspace.WriteAsync("context/kept/secret", "y");
        await _workspace.WriteAsync("context/Dockerfile", "FROM app:1 AS first\nARG A\nCOPY . /c/\nRUN echo \"a=$A\"; cd /c; echo *; echo kept/*\nLABEL of=file\nFROM first AS second\nENV b=c\n");
        string[] flags = ["--network", "none", "--build-arg", "A=1 2&3", "--label", "l=v=w", "--target", "first", "-t", "built:1", "-t", "built:2", "--add-host", "h:10.0.0.1", "--ulimit", "nofile=99:100"];

        (string output, string error) = await _workspace.ServedAsync(0, ["build", .. flags, "--iidfile", _workspace.Path("id"), _workspace.Path("context")]);

        Assert.Matches("^sha256:[0-9a-f]{64}\n$", output);
        Assert.Equal(output.Trim(), await File.ReadAllTextAsync(_workspace.Path("id"), _workspace.Bound));
        Assert.Contains("a=1 2&3\nkept\nkept/secret\n", error, StringComparison.Ordinal);
        Assert.Contains("] RUN echo", error, StringComparison.Ordinal);
        Assert.Equal("v=w file", (await _workspace.ServedAsync(0, "inspect", "-f", "{{.Config.Labels.l}} {{.Config.Labels.of}}", "built:2")).Output.Trim());

        // Every step is in the cache that both have: what was sent is what is here.
        (string again, error) = await _workspace.LocalAsync(0, ["build", .. flags, _workspace.Path("context")]);
        Assert.Equal(output, again);
        Assert.Contains("] cached", error, StringComparison.Ordinal);
        Assert.DoesNotContain("a=1", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_Dockerfile_may_be_elsewhere_or_the_input_and_COPY_does_not_see_it()
    {
        await _workspace.WriteAsync("context/file", "content");
        await _workspace.WriteAsync("context/left", "out");
        string dockerfile = await _workspace.WriteAsync("elsewhere/Dockerfile", "FROM app:1\nCOPY . /c/\nRUN cd /c; echo * .*\n");
        await _workspace.WriteAsync("elsewhere/Dockerfile.dockerignore", "left\n");

        Assert.Contains("file . ..\n", (await _workspace.ServedAsync(0, "build", "--network", "none", "-f", dockerfile, _workspace.Path("context"))).Error, StringComparison.Ordinal);
        byte[] typed = "FROM app:1\nCOPY . /d/\nRUN cd /d; echo * .*\n"u8.ToArray();
        string[] arguments = ["--host", $"unix://{_workspace.Socket}", "build", "--network", "none", "-f", "-", _workspace.Path("context")];
        Assert.Contains("file left . ..\n", (await _workspace.RunAsync(0, typed, arguments)).Error, StringComparison.Ordinal);
        arguments = ["--data-root", _workspace.DataRoot, "build", "--no-cache", "--network", "none", "-f", "-", _workspace.Path("context")];
        Assert.Contains("file left . ..\n", (await _workspace.RunAsync(0, typed, arguments)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_input_is_a_Dockerfile_or_an_archive(bool isServed)
    {
        string[] where = isServed ? ["--host", $"unix://{_workspace.Socket}"] : ["--data-root", _workspace.DataRoot];
        Assert.Matches("^sha256:", (await _workspace.RunAsync(0, "FROM app:1\nENV a=b\n"u8.ToArray(), [.. where, "build", "-q", "-"])).Output);
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, leaveOpen: true))
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "My.Dockerfile") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes("FROM app:1\nCOPY My.Dockerfile /d\n")) }, _workspace.Bound);
        }

        Assert.Matches("^sha256:", (await _workspace.RunAsync(0, archive.ToArray(), [.. where, "build", "-q", "-f", "My.Dockerfile", "-"])).Output);
    }

    [Fact]
    public async Task Failures_end_with_dockers_codes_and_what_a_server_can_not_be_told_is_an_error()
    {
        await _workspace.WriteAsync("context/Dockerfile", "FROM app:1\nRUN exit 9\n");

        Assert.Contains("non-zero code: 9", (await _workspace.ServedAsync(9, "build", "--network", "none", _workspace.Path("context"))).Error, StringComparison.Ordinal);
        Assert.Contains("--secret needs a builder on this machine", (await _workspace.ServedAsync(1, "build", "--secret", "id=a,env=PATH", _workspace.Path("context"))).Error, StringComparison.Ordinal);
        Assert.Contains("no git repository", (await _workspace.ServedAsync(1, "build", _workspace.Path("nothing"))).Error, StringComparison.Ordinal);
        Assert.Contains("There is no Dockerfile", (await _workspace.ServedAsync(1, "build", "-f", _workspace.Path("context/none"), _workspace.Path("context"))).Error, StringComparison.Ordinal);
        Assert.Contains("auto, plain, tty or quiet", (await _workspace.ServedAsync(1, "build", "--progress", "loud", _workspace.Path("context"))).Error, StringComparison.Ordinal);
        await _workspace.WriteAsync("context/Dockerfile", "FROM app:1\n");
        await _workspace.WriteAsync("context/.dockerignore", "!\n");
        Assert.Contains("excludes nothing", (await _workspace.ServedAsync(1, "build", _workspace.Path("context"))).Error, StringComparison.Ordinal);
    }
}
