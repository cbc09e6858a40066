using ContainerKit.Builds.Contexts;
using Xunit;

namespace ContainerKit.Tests.Builds;

public sealed class GitLocationTests
{
    [Theory]
    [InlineData("https://host.test/team/app.git", "https://host.test/team/app.git", null, null)]
    [InlineData("https://host.test/app.git#v1.2", "https://host.test/app.git", "v1.2", null)]
    [InlineData("https://host.test/app.git#feature/x:sub/dir", "https://host.test/app.git", "feature/x", "/sub/dir")]
    [InlineData("https://host.test/app.git#:sub", "https://host.test/app.git", null, "/sub")]
    [InlineData("https://host.test/app.git#main:../../etc", "https://host.test/app.git", "main", "/etc")]
    [InlineData("git@host.test:team/app.git#main", "git@host.test:team/app.git", "main", null)]
    [InlineData("ssh://git@host.test/app", "ssh://git@host.test/app", null, null)]
    [InlineData("git://host.test/app", "git://host.test/app", null, null)]
    [InlineData("github.com/team/app", "https://github.com/team/app", null, null)]
    public void Repositories(string text, string url, string? reference, string? directory)
        => Assert.Equal(new GitLocation(url, reference, directory), GitLocation.TryParse(text));

    [Theory]
    [InlineData("https://host.test/file.tar.gz")]
    [InlineData("directory/app.git")]
    [InlineData("./a")]
    [InlineData("-u:x@y:z")]
    [InlineData("file:///repository.git")]
    [InlineData("ext::sh -c touch% /tmp/x")]
    public void Other_things(string text) => Assert.Null(GitLocation.TryParse(text));

    [Theory]
    [InlineData("https://host.test/app.git#--upload-pack=touch")]
    [InlineData("https://host.test/app.git#a b")]
    [InlineData("https://host.test/app.git#$(id)")]
    public void Malformed_references_are_errors(string text) => Assert.Throws<FormatException>(() => GitLocation.TryParse(text));

    [Fact]
    public void A_password_is_not_shown() => Assert.Equal("https://host.test/app.git#v1", GitLocation.TryParse("https://user:pass@host.test/app.git#v1")!.ToString());
}
