using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>Git repositories as contexts and in ADD, fetched from a server on this machine.</summary>
public sealed class BuildGitTests(BuildBed bed) : IClassFixture<BuildBed>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Add_fetches_branches_tags_and_directories_of_a_repository()
    {
        await using LoopbackFiles server = await ServeAsync();
        string url = $"{server.Url}repository.git";
        string file = $"""
            FROM busybox:local
            ADD {url} /head/
            ADD {url}#v1 /tag/
            ADD {url}#other:sub /directory
            ADD --keep-git-dir {url}#v1 /kept/
            ADD --chown=5:6 --chmod=700 {url}#v1:f /file
            """;
        Image image = await bed.BuildAsync(bed.Context(), file, spec => spec with { Provenance = true });
        Assert.Equal("second\nfirst\nother\nfirst", await bed.ShellAsync(image, "cat /head/f /tag/f /directory/g /file"));
        Assert.Equal("no\nyes\n644", await bed.ShellAsync(image, "[ -e /tag/.git ] && echo yes || echo no; [ -d /kept/.git ] && echo yes; stat -c %a /tag/f"));
        var again = new BuildRecord();
        await bed.BuildAsync(bed.Context(), $"FROM busybox:local\nADD {url} /head/\n", record: again);
        Assert.Empty(again.Done);
        await bed.FailAsync(bed.Context(), $"FROM busybox:local\nADD --checksum=0123456789 {url}#v1 /x/\n");
        await bed.FailAsync(bed.Context(), $"FROM busybox:local\nADD {url}#nosuch /x/\n");
        await bed.FailAsync(bed.Context(), $"FROM busybox:local\nADD {url}#v1:nosuch /x/\n");
        await bed.FailAsync(bed.Context(), $"FROM busybox:local\nADD {url}#--upload-pack=touch /x/\n");
        await bed.FailAsync(bed.Context(), $"FROM busybox:local\nADD {server.Url}nosuch.git /x/\n");
    }

    [Fact]
    public async Task A_repository_is_a_context()
    {
        await using LoopbackFiles server = await ServeAsync();
        BuildSpec spec = BuildSpec.FromContext(BuildContext.FromGit($"{server.Url}repository.git#other:sub"))
            .WithNamedContext("whole", BuildContext.FromGit($"{server.Url}repository.git#v1"));
        Image image = await bed.Engine.Images.BuildAsync(spec, cancellationToken: Token);
        Assert.Equal("other\nfirst\nno", await bed.ShellAsync(image, "cat /g /f; [ -e /all/.git ] && echo yes || echo no"));
        Assert.Throws<ArgumentException>(() => BuildContext.FromGit("/a/directory"));
        await Assert.ThrowsAsync<NotFoundException>(() => bed.Engine.Images.BuildAsync(
            BuildSpec.FromContext(BuildContext.FromGit($"{server.Url}repository.git#other:nosuch")), cancellationToken: Token));
    }

    /// <summary>A repository with two commits, a tag on the first, and a branch; served as files, which git calls dumb HTTP.</summary>
    private async Task<LoopbackFiles> ServeAsync()
    {
        Capability.Require("git", "git");
        string served = bed.Context();
        string work = bed.Context(("f", "first\n"));
        string bare = Path.Combine(served, "repository.git");
        await GitAsync(work, "init", "--quiet", "--initial-branch=main");
        await CommitAsync(work, "one");
        await GitAsync(work, "tag", "v1");
        await GitAsync(work, "checkout", "--quiet", "-b", "other");
        Directory.CreateDirectory(Path.Combine(work, "sub"));
        await File.WriteAllTextAsync(Path.Combine(work, "sub/g"), "other\n", Token);
        await File.WriteAllTextAsync(Path.Combine(work, "sub/Dockerfile"), "FROM busybox:local\nCOPY g /g\nCOPY . /all/\nCOPY --from=whole f /f\n", Token);
        await CommitAsync(work, "other");
        await GitAsync(work, "checkout", "--quiet", "main");
        await File.WriteAllTextAsync(Path.Combine(work, "f"), "second\n", Token);
        await CommitAsync(work, "two");
        await GitAsync(work, "clone", "--quiet", "--bare", work, bare);
        await GitAsync(bare, "update-server-info");
        return LoopbackFiles.Of(served);
    }

    private static async Task CommitAsync(string directory, string message)
    {
        await GitAsync(directory, "add", "--all");
        await GitAsync(directory, "-c", "user.name=test", "-c", "user.email=test@example.test", "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", message);
    }

    private static Task GitAsync(string directory, params string[] arguments) => Capability.RunAsync("git", ["-C", directory, .. arguments], Token);
}
