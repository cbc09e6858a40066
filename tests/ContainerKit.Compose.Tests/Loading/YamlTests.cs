using System.Text;
using Xunit;

namespace ContainerKit.Compose.Tests.Loading;

/// <summary>YAML as such, also hostile.</summary>
public sealed class YamlTests
{
    [Fact]
    public async Task Anchors_and_merge_keys_are_resolved()
    {
        ComposeProject project = await Project.ParseAsync("""
            x-common: &common
              image: busybox:test
              environment: &environment
                A: "1"
                B: "2"
            services:
              one:
                <<: *common
                environment:
                  <<: *environment
                  B: "3"
              two:
                <<: [*common, { image: other, user: app }]
            """);

        Assert.Equal("3", project.GetService("one").Spec.Environment["B"]);
        Assert.Equal("1", project.GetService("one").Spec.Environment["A"]);
        Assert.Equal(("busybox:test", "app"), (project.GetService("two").Image, project.GetService("two").Spec.User));
    }

    [Theory]
    [InlineData("services: [", "no YAML")]
    [InlineData("services:\n  a: {image: x}\n  a: {image: y}\n", "twice")]
    [InlineData("- a\n- b\n", "a mapping was expected")]
    [InlineData("services:\n  a: *nothing\n", "anchor")]
    [InlineData("a: 1\n---\nb: 2\n", "more than one document")]
    [InlineData("services: !!python/object:os.system x\n", "tag")]
    [InlineData("services: !evil x\n", "tag")]
    [InlineData("? {a: b}\n: c\n", "key has to be a text")]
    [InlineData("services:\n  a: &self\n    b: *self\n", "anchor")]
    [InlineData("", "no services")]
    [InlineData("services: {}\n", "no services")]
    [InlineData("services: text\n", "a mapping was expected")]
    public async Task What_is_malformed_is_an_error(string yaml, string reason) => Assert.Contains(reason, (await Project.FailAsync(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Alias_bombs_are_refused()
    {
        var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 20; i++)
            bomb.Append(null, $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n");

        Assert.Contains("more than", (await Project.FailAsync(bomb.ToString())).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Merge_bombs_are_refused()
    {
        var bomb = new StringBuilder("x: &x {");
        for (int i = 0; i < 5000; i++)
            bomb.Append(null, $"k{i}: v, ");
        bomb.Append("}\nservices:\n");
        for (int i = 0; i < 5000; i++)
            bomb.Append(null, $"  s{i}: {{<<: *x}}\n");

        Assert.Contains("more than", (await Project.FailAsync(bomb.ToString())).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public async Task Deep_nesting_is_refused(char open, char close)
    {
        string text = "x-a: " + string.Concat(Enumerable.Repeat(open == '[' ? "[" : "{a: ", 10_000)) + new string(close, 10_000);

        Assert.Contains("deep", (await Project.FailAsync(text)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_files_are_refused() => Assert.Contains("4 MiB", (await Project.FailAsync("# " + new string('x', 5 << 20))).Reason, StringComparison.Ordinal);

    [Theory]
    [InlineData("0x1F", "0x1F")]
    [InlineData("1e3", "1e3")]
    [InlineData("yes", "yes")]
    [InlineData("22:22", "22:22")]
    [InlineData("0440", "0440")]
    [InlineData("2020-01-01", "2020-01-01")]
    public async Task Values_are_texts_as_they_were_written(string written, string expected)
        => Assert.Equal(expected, (await Project.ServiceAsync($"environment:\n  X: {written}")).Spec.Environment["X"]);
}
