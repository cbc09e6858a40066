using System.Diagnostics;
using ContainerKit.Tests.Diagnostics;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>What is measured and traced of builds.</summary>
public sealed class BuildDiagnosticsTests(BuildBed bed) : IClassFixture<BuildBed>
{
    private const string File = $"FROM {BuildBed.Base}\nCOPY a /a\nRUN cat /a > /b\n";

    [Fact]
    public async Task Steps_are_counted_by_whether_the_cache_had_them()
    {
        string context = bed.Context(("a", "traced\n"));
        using (var first = new DiagnosticsRecorder())
        {
            Image image = await bed.BuildAsync(context, File, spec => spec.WithTag("traced:1"));

            Activity build = Assert.Single(first.ActivitiesOf("containerkit.build"));
            Assert.Equal("docker.io/library/traced", build.GetTagItem("container.image.name"));
            Assert.Equal(image.Id.ToString(), build.GetTagItem("container.image.id"));
            Activity[] steps = [.. first.ActivitiesOf("containerkit.build.step")];
            Assert.Equal(3, steps.Length);
            Assert.All(steps, step => Assert.Equal(build.SpanId, step.ParentSpanId));
            Assert.Equal("RUN cat /a > /b", steps[^1].GetTagItem("containerkit.build.step.text"));
            Assert.Equal("executed", steps[^1].GetTagItem("containerkit.build.step.result"));
            Assert.Single(first.Of("containerkit.build.duration"));
        }

        using var second = new DiagnosticsRecorder();
        await bed.BuildAsync(context, File);
        Assert.Equal(2, Results(second).Count(result => result == "cached"));

        using var third = new DiagnosticsRecorder();
        await Assert.ThrowsAsync<BuildException>(() => bed.BuildAsync(context, File + "RUN exit 3\n"));
        Assert.Equal(1, Results(third).Count(result => result == "failed"));
        Assert.Equal("Build", Assert.Single(third.ActivitiesOf("containerkit.build")).GetTagItem("error.type"));
    }

    private static IEnumerable<string> Results(DiagnosticsRecorder recorder)
        => recorder.Of("containerkit.build.steps").Select(each => (string)each.Tags["containerkit.build.step.result"]!);
}
