using ContainerKit.Builds.Parsing;
using Xunit;

namespace ContainerKit.Tests.Builds;

/// <summary>Variables, quotes and escapes.</summary>
public sealed class WordExpanderTests
{
    private static readonly Dictionary<string, string> Variables = new(StringComparer.Ordinal)
    {
        ["v"] = "value",
        ["empty"] = "",
        ["path"] = "/a/b/c.tar.gz",
        ["blank"] = "a  b",
        ["_1"] = "under",
    };

    [Theory]
    [InlineData("$v", "value")]
    [InlineData("${v}x", "valuex")]
    [InlineData("$vx", "")]
    [InlineData("$_1", "under")]
    [InlineData("\\$v", "$v")]
    [InlineData("'$v'", "$v")]
    [InlineData("\"$v\"", "value")]
    [InlineData("\"\\$v \\\" \\x\"", "$v \" \\x")]
    [InlineData("a\\ b", "a b")]
    [InlineData("$", "$")]
    [InlineData("${none:-word}", "word")]
    [InlineData("${empty:-word}", "word")]
    [InlineData("${empty-word}", "")]
    [InlineData("${v:+word}", "word")]
    [InlineData("${empty:+word}", "")]
    [InlineData("${empty+word}", "word")]
    [InlineData("${v:?no}", "value")]
    [InlineData("${none:-${v}}", "value")]
    [InlineData("${none:-${other:-${v}s}}", "values")]
    [InlineData("${path#*/}", "a/b/c.tar.gz")]
    [InlineData("${path##*/}", "c.tar.gz")]
    [InlineData("${path%.*}", "/a/b/c.tar")]
    [InlineData("${path%%.*}", "/a/b/c")]
    [InlineData("${path/\\//-}", "-a/b/c.tar.gz")]
    [InlineData("${path//\\//-}", "-a-b-c.tar.gz")]
    [InlineData("${path//[ab]/x}", "/a/b/c.tar.gz")]
    [InlineData("${path//?/x}", "xxxxxxxxxxxxx")]
    public void Values(string text, string expected) => Assert.Equal(expected, Expander().Expand(text));

    [Theory]
    [InlineData("${}")]
    [InlineData("${v:x}")]
    [InlineData("${v:=x}")]
    [InlineData("${v")]
    [InlineData("${v:-x")]
    [InlineData("'open")]
    [InlineData("\"open")]
    [InlineData("${none:?is missing}")]
    [InlineData("${empty:?}")]
    public void Errors(string text) => Assert.Throws<FormatException>(() => Expander().Expand(text));

    [Fact]
    public void Words_are_split_outside_of_quotes()
    {
        Assert.Equal(["a", "b", "a  b", "c d"], Expander().ExpandWords("$blank \"$blank\" 'c d'"));
        Assert.Equal(["", "x"], Expander().ExpandWords("\"\" x"));
    }

    [Fact]
    public void Growth_and_nesting_are_bounded()
    {
        var expander = new WordExpander(_ => new string('x', 300_000), '\\');
        Assert.Throws<FormatException>(() => expander.Expand("$a$a$a$a$a"));
        Assert.Throws<FormatException>(() => Expander().Expand(string.Concat(Enumerable.Repeat("${none:-", 1000)) + new string('}', 1000)));
        Assert.Throws<FormatException>(() => expander.Expand("${a//*x*x*x*x*y/z}"));
        Assert.Throws<FormatException>(() => expander.Expand("${a##" + new string('*', 5000) + "}"));
    }

    private static WordExpander Expander() => new(name => Variables.GetValueOrDefault(name), '\\');
}
