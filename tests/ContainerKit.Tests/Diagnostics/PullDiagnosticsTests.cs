using System.Diagnostics;
using ContainerKit.Tests.Images;
using Xunit;

namespace ContainerKit.Tests.Diagnostics;

/// <summary>What is measured and traced of exchange with registries.</summary>
[Collection(DiagnosticsCollection.Name)]
public sealed class PullDiagnosticsTests : PullTest
{
    [Fact]
    public async Task A_pull_has_its_bytes_and_what_is_here_already_has_none()
    {
        byte[] layer = ImageFixture.Layer("a", "content");
        AddImage("1", layer);
        Image image;
        using (var recorder = new DiagnosticsRecorder())
        {
            image = await Fixture.Images.PullAsync(Name, cancellationToken: Token);

            Assert.Equal(ImageFixture.Gzip(layer).Length, recorder.Of("containerkit.image.pull.size").Sum(each => each.Value));
            Assert.Equal("pulled", Assert.Single(recorder.Of("containerkit.image.pull.duration")).Tags["containerkit.pull.result"]);
            Activity pull = Assert.Single(recorder.ActivitiesOf("containerkit.image.pull"));
            Assert.Equal(ActivityKind.Client, pull.Kind);
            Assert.Equal(Registry.Name, pull.GetTagItem("server.address"));
            Assert.Equal($"{Registry.Name}/team/app", pull.GetTagItem("container.image.name"));
            Assert.Equal(["1"], (string[])pull.GetTagItem("container.image.tags")!);
            Assert.Equal(image.Id.ToString(), pull.GetTagItem("container.image.id"));
            Assert.Equal(recorder.Root.SpanId, pull.ParentSpanId);
        }

        using (var recorder = new DiagnosticsRecorder())
        {
            await Fixture.Images.PullAsync(Name, new ImagePullOptions { Policy = PullPolicy.Missing }, Token);

            Assert.Empty(recorder.Of("containerkit.image.pull.size"));
            Assert.Equal("present", Assert.Single(recorder.Of("containerkit.image.pull.duration")).Tags["containerkit.pull.result"]);
        }
    }

    [Fact]
    public async Task A_pull_that_fails_says_of_what_kind_that_was()
    {
        using var recorder = new DiagnosticsRecorder();

        await Assert.ThrowsAsync<NotFoundException>(() => Fixture.Images.PullAsync($"{Registry.Name}/team/none:1", cancellationToken: Token));

        Activity pull = Assert.Single(recorder.ActivitiesOf("containerkit.image.pull"));
        Assert.Equal(("NotFound", ActivityStatusCode.Error), (pull.GetTagItem("error.type"), pull.Status));
        Assert.Equal("NotFound", Assert.Single(recorder.Of("containerkit.image.pull.duration")).Tags["error.type"]);
    }
}
