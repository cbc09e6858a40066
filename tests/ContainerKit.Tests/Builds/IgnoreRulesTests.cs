using System.Text;
using ContainerKit.Builds.Contexts;
using ContainerKit.Builds.Execution;
using Xunit;

namespace ContainerKit.Tests.Builds;

/// <summary>Patterns of paths, and .dockerignore.</summary>
public sealed class IgnoreRulesTests
{
    [Theory]
    [InlineData("*.md", "README.md", true)]
    [InlineData("*.md", "docs/README.md", false)]
    [InlineData("**/*.md", "README.md", true)]
    [InlineData("**/*.md", "a/b/README.md", true)]
    [InlineData("docs", "docs/a/b", true)]
    [InlineData("docs/**", "docs", false)]
    [InlineData("docs/**", "docs/a/b", true)]
    [InlineData("/docs/", "docs/a", true)]
    [InlineData("./docs/../x", "x", true)]
    [InlineData("a/**/b", "a/b", true)]
    [InlineData("a/**/b", "a/x/y/b", true)]
    [InlineData("a/**/b", "a/xb", false)]
    [InlineData("**b", "a/xb", true)]
    [InlineData("q?", "q1", true)]
    [InlineData("q?", "q", false)]
    [InlineData("a?b", "a/b", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[^a-c]x", "bx", false)]
    [InlineData("[^a]", "/", false)]
    [InlineData("lit\\*", "lit*", true)]
    [InlineData("lit\\*", "litX", false)]
    [InlineData("  spaced  ", "spaced", true)]
    [InlineData("#comment", "#comment", false)]
    [InlineData(" #file", "#file", true)]
    [InlineData(".", ".hidden", false)]
    public void Patterns(string rule, string path, bool ignored) => Assert.Equal(ignored, Parse(rule).IsIgnored(path));

    [Fact]
    public void The_last_rule_that_matches_decides()
    {
        IgnoreRules rules = Parse("*\n!src\nsrc/tmp\n!src/tmp/keep\n");
        Assert.True(rules.IsIgnored("x"));
        Assert.False(rules.IsIgnored("src/a"));
        Assert.True(rules.IsIgnored("src/tmp/a"));
        Assert.False(rules.IsIgnored("src/tmp/keep/a"));
        Assert.True(rules.MayIncludeBelow("src/tmp"));
        Assert.False(rules.MayIncludeBelow("other"));
    }

    [Theory]
    [InlineData("!")]
    [InlineData("! ")]
    [InlineData("[open")]
    [InlineData("[]")]
    [InlineData("end\\")]
    public void Malformed_rules_are_errors(string rule) => Assert.Throws<BuildException>(() => Parse(rule));

    [Fact]
    public void Matching_takes_no_exponential_time()
        => Assert.False(Parse(string.Concat(Enumerable.Repeat("**/*a", 100)) + "b").IsIgnored(string.Concat(Enumerable.Repeat("a/", 1000)) + "c"));

    [Theory]
    [InlineData("755", "600", false, "755")]
    [InlineData("u=rwX,go=rX", "600", false, "644")]
    [InlineData("u=rwX,go=rX", "700", false, "755")]
    [InlineData("u=rwX,go=rX", "600", true, "755")]
    [InlineData("+x", "600", false, "711")]
    [InlineData("a-w,u+s", "666", false, "4444")]
    [InlineData("g=u,o=", "750", false, "770")]
    public void Modes(string change, string mode, bool isDirectory, string expected)
        => Assert.Equal(Convert.ToUInt32(expected, 8), FileModeChange.Parse(change).Apply(Convert.ToUInt32(mode, 8), isDirectory));

    private static IgnoreRules Parse(string text) => IgnoreRules.Parse(Encoding.UTF8.GetBytes(text), ".dockerignore");
}
