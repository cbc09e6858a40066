using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Output;
using Xunit;

namespace ContainerKit.Cli.Tests.Output;

public sealed class OutputTests
{
    [Theory]
    [InlineData(0, "0B")]
    [InlineData(999, "999B")]
    [InlineData(1982000, "1.982MB")]
    [InlineData(52_428_800_000, "52.43GB")]
    public void Sizes_have_four_digits(long bytes, string expected) => Assert.Equal(expected, HumanText.Size(bytes));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1_982_352, "1.98MB")]
    [InlineData(52_428_800_000, "52.4GB")]
    public void Sizes_of_images_and_containers_have_three_digits(long bytes, string expected) => Assert.Equal(expected, HumanText.ThreeDigits(bytes));

    [Theory]
    [InlineData(0, "Less than a second")]
    [InlineData(45, "45 seconds")]
    [InlineData(90, "About a minute")]
    [InlineData(4000, "About an hour")]
    [InlineData(200_000, "2 days")]
    public void Times_are_rough(int seconds, string expected) => Assert.Equal(expected, HumanText.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("1m30s", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("0", 0)]
    public void Durations_are_those_of_Go(string text, int milliseconds) => Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), DurationText.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("1x")]
    [InlineData("s")]
    public void What_is_no_duration_is_none(string text) => Assert.Null(DurationText.TryParse(text));
}
