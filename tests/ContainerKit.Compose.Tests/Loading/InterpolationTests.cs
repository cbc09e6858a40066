using Xunit;

namespace ContainerKit.Compose.Tests.Loading;

public sealed class InterpolationTests
{
    [Theory]
    [InlineData("$SET", "value")]
    [InlineData("a${SET}b", "avalueb")]
    [InlineData("${SET:-other}", "value")]
    [InlineData("${EMPTY:-other}", "other")]
    [InlineData("${EMPTY-other}", "")]
    [InlineData("${NONE-other}", "other")]
    [InlineData("${NONE:-${SET}-${NONE:-x}}", "value-x")]
    [InlineData("${SET:+other}", "other")]
    [InlineData("${EMPTY:+other}", "")]
    [InlineData("${EMPTY+other}", "other")]
    [InlineData("${SET:?message}", "value")]
    [InlineData("$$SET", "$SET")]
    [InlineData("$${SET}", "${SET}")]
    [InlineData("${NONE}", "")]
    [InlineData("${SET}${SET}", "valuevalue")]
    public async Task Variables_are_put_into_values(string text, string expected)
    {
        ComposeService service = await Project.ServiceAsync($"environment:\n  X: '{text}'", "", ("SET", "value"), ("EMPTY", ""));

        Assert.Equal(expected, service.Spec.Environment["X"]);
    }

    [Theory]
    [InlineData("${NONE:?a reason}", "the variable NONE is required: a reason")]
    [InlineData("${NONE?}", "the variable NONE is required")]
    [InlineData("${SET", "malformed")]
    [InlineData("${SET:-x", "without '}'")]
    [InlineData("${SET!x}", "malformed")]
    [InlineData("${}", "begins no variable")]
    [InlineData("a$", "begins no variable")]
    [InlineData("$1", "begins no variable")]
    public async Task What_is_malformed_or_required_is_named_with_file_line_and_key(string text, string reason)
    {
        ComposeFileException error = await Project.FailAsync($"services:\n  web:\n    image: x\n    environment:\n      X: '{text}'\n", ("SET", "value"));

        Assert.Contains(reason, error.Reason, StringComparison.Ordinal);
        Assert.Equal((5, "services.web.environment.X"), (error.Line, error.Key));
        Assert.StartsWith("/srv/app/compose.yaml:5: services.web.environment.X: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_that_is_not_set_is_a_warning()
        => Assert.Equal(["The variable NONE is not set; an empty text is used."], (await Project.ParseAsync("services:\n  web:\n    image: x$NONE\n")).Warnings);

    [Fact]
    public async Task Keys_are_not_touched_and_deep_nesting_ends()
    {
        Assert.Equal("v", (await Project.ServiceAsync("labels:\n  $SET: v")).Spec.Labels["$SET"]);
        string deep = string.Concat(Enumerable.Repeat("${A:-", 100)) + new string('}', 100);
        Assert.Contains("nested", (await Project.FailAsync($"services:\n  web:\n    image: '{deep}'\n")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_projects_name_is_a_variable()
        => Assert.Equal("app/web", (await Project.ParseAsync("services:\n  web:\n    image: ${COMPOSE_PROJECT_NAME}/web\n")).GetService("web").Image);
}
