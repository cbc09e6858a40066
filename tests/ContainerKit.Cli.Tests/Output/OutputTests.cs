using System.Text.Json.Nodes;
using ContainerKit.Cli.Containers;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Terminals;
using Xunit;

namespace ContainerKit.Cli.Tests.Output;

public sealed class OutputTests
{
    private static readonly JsonNode Value = JsonNode.Parse("""{"State":{"Status":"running","Pid":7},"Labels":{"a.b":"c"},"Args":["x","y z"],"Null":null}""")!;

    [Theory]
    [InlineData("{{.State.Status}}", "running")]
    [InlineData("{{ .State.Pid }}\\t{{.Null}}|", "7\t|")]
    [InlineData("{{json .Args}}", """["x","y z"]""")]
    [InlineData("{{json .}}", """{"State":{"Status":"running","Pid":7},"Labels":{"a.b":"c"},"Args":["x","y z"],"Null":null}""")]
    [InlineData("{{index .Labels \"a.b\"}}", "c")]
    [InlineData("{{index .Args 1}}", "y z")]
    [InlineData("{{index .Labels \"none\"}}", "")]
    [InlineData("{{len .Args}}", "2")]
    [InlineData("{{.Labels}} {{.Args}}", "map[a.b:c] [x y z]")]
    [InlineData("no template", "no template")]
    public void Templates_are_those_of_docker(string template, string expected) => Assert.Equal(expected, OutputTemplate.Render(template, Value));

    [Theory]
    [InlineData("{{.Missing}}")]
    [InlineData("{{range .Args}}x{{end}}")]
    [InlineData("{{.State")]
    [InlineData("{{index .Args \"x\"}}")]
    public void What_is_not_understood_is_an_error(string template) => Assert.Throws<FormatException>(() => OutputTemplate.Render(template, Value));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(999, "999B")]
    [InlineData(1982000, "1.982MB")]
    [InlineData(52_428_800_000, "52.43GB")]
    public void Sizes_have_four_digits(long bytes, string expected) => Assert.Equal(expected, HumanText.Size(bytes));

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

    [Fact]
    public void Detach_keys_are_found_across_reads_and_nothing_else_is_lost()
    {
        var keys = new DetachKeys();

        Assert.Equal("a"u8, keys.Filter([(byte)'a', 16]));
        Assert.Equal([16, (byte)'b'], keys.Filter("b"u8));
        Assert.Equal([16], keys.Filter([16, 16]));
        Assert.Empty(keys.Filter([17, (byte)'c']));
        Assert.True(keys.ArePressed);
    }
}
