using ContainerKit.Linux.Security;
using Xunit;

namespace ContainerKit.Linux.Tests.Security;

public sealed class ResourceLimitsTests
{
    [Theory]
    [InlineData("cpu", 0)]
    [InlineData("fsize", 1)]
    [InlineData("data", 2)]
    [InlineData("stack", 3)]
    [InlineData("core", 4)]
    [InlineData("rss", 5)]
    [InlineData("nproc", 6)]
    [InlineData("nofile", 7)]
    [InlineData("memlock", 8)]
    [InlineData("as", 9)]
    [InlineData("locks", 10)]
    [InlineData("sigpending", 11)]
    [InlineData("msgqueue", 12)]
    [InlineData("nice", 13)]
    [InlineData("rtprio", 14)]
    [InlineData("rttime", 15)]
    public void Names_stand_for_the_numbers_of_the_kernel(string name, int number)
    {
        Assert.Equal((ResourceLimit)number, ResourceLimits.Parse(name));
        Assert.Equal((ResourceLimit)number, ResourceLimits.Parse("RLIMIT_" + name.ToUpperInvariant()));
        Assert.Equal(name, ResourceLimits.GetName((ResourceLimit)number));
    }

    [Theory]
    [InlineData("")]
    [InlineData("files")]
    [InlineData("7")]
    [InlineData("RLIMIT_")]
    public void Other_names_are_refused_with_the_list_of_names(string name)
    {
        Assert.False(ResourceLimits.TryParse(name, out _));
        Assert.Contains("as, core, cpu", Assert.Throws<ArgumentException>(() => ResourceLimits.Parse(name)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ResourceLimits.GetName((ResourceLimit)16));
    }
}
