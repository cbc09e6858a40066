using ContainerKit.Filters;
using Xunit;

namespace ContainerKit.Tests.Images;

public sealed class NamePatternTests
{
    [Theory]
    [InlineData("alpine", "alpine", true)]
    [InlineData("alp", "alpine", false)]
    [InlineData("*", "alpine:3.20", true)]
    [InlineData("*", "team/app", false)]
    [InlineData("*/*", "team/app", true)]
    [InlineData("*/app", "a/b/app", false)]
    [InlineData("a?pine:*", "alpine:3.20", true)]
    [InlineData("a?", "a/", false)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("*a*b", "xxaxxbxx", false)]
    [InlineData("*3.2[0-5]", "alpine:3.23", true)]
    [InlineData("*3.2[^0-5]", "alpine:3.23", false)]
    [InlineData("[^a]", "/", true)]
    [InlineData("a\\*", "a*", true)]
    [InlineData("a\\*", "ab", false)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    public void Patterns_match_as_in_go(string pattern, string text, bool expected) => Assert.Equal(expected, NamePattern.Parse("reference", pattern).IsMatch(text));

    [Fact]
    public void A_hostile_pattern_costs_no_more_than_its_length()
        => Assert.False(NamePattern.Parse("reference", string.Concat(Enumerable.Repeat("*a", 2000)) + "b").IsMatch(new string('a', 4000)));
}
