using System.Diagnostics;
using ContainerKit.Diagnostics;
using ContainerKit.Tests.Containers;
using Xunit;

namespace ContainerKit.Tests.Diagnostics;

/// <summary>What is measured and traced of containers; of images and builds: the integration tests.</summary>
[Collection(DiagnosticsCollection.Name)]
public sealed class DiagnosticsTests : EngineTest
{
    [Fact]
    public async Task A_run_is_counted_from_its_creation_to_its_end()
    {
        using var recorder = new DiagnosticsRecorder();
        Runtime.Script = process => { process.Exit(3); return Task.CompletedTask; };
        await using (Container container = await Containers.StartAsync(Spec, Token))
            await container.WaitAsync(Token);

        Assert.Equal(1, Assert.Single(recorder.Of("containerkit.container.created")).Value);
        Assert.Equal(1, Assert.Single(recorder.Of("containerkit.container.started")).Value);
        Measurement exit = Assert.Single(recorder.Of("containerkit.container.exited"));
        Assert.Equal("error", exit.Tags["containerkit.exit.kind"]);
        Measurement duration = Assert.Single(recorder.Of("containerkit.container.start.duration"));
        Assert.True(duration.Value >= 0);
        Assert.Empty(duration.Tags);
    }

    [Theory]
    [InlineData(0, null, false, "success")]
    [InlineData(1, null, false, "error")]
    [InlineData(137, 9, false, "signal")]
    [InlineData(137, 9, true, "out_of_memory")]
    public void Kinds_of_exits(int code, int? signal, bool outOfMemory, string expected) => Assert.Equal(expected, Instruments.KindOf(code, signal, outOfMemory));

    [Fact]
    public async Task Running_containers_are_known_to_a_listener_that_comes_later()
    {
        await using Container container = await Containers.StartAsync(Spec, Token);
        using var recorder = new DiagnosticsRecorder();

        // Others of this process may run at the same time.
        Assert.True(recorder.Observe("containerkit.container.running") >= 1);
    }

    [Fact]
    public async Task Start_exec_and_wait_are_activities_of_the_caller()
    {
        using var recorder = new DiagnosticsRecorder();
        await using (Container container = await Containers.StartAsync(Spec.WithName("traced").WaitFor(Wait.For((_, _) => Task.FromResult(true), "nothing")), Token))
        {
            Runtime.Script = process => { process.Exit(0); return Task.CompletedTask; };
            await container.ExecAsync(["secret-tool", "--password=x"], Token);
        }

        Activity start = Assert.Single(recorder.ActivitiesOf("containerkit.container.start"));
        Assert.Equal("traced", start.GetTagItem("container.name"));
        Assert.Equal("image", start.GetTagItem("container.image.name"));
        Assert.Equal(64, ((string)start.GetTagItem("container.id")!).Length);
        Assert.Equal(recorder.Root.SpanId, start.ParentSpanId);
        Activity exec = await recorder.WaitForAsync("containerkit.exec", Token);
        Assert.Equal("secret-tool", exec.GetTagItem("process.executable.name"));
        Assert.Equal(0, exec.GetTagItem("process.exit.code"));
        Assert.DoesNotContain(exec.TagObjects, tag => tag.Value?.ToString()?.Contains("--password", StringComparison.Ordinal) == true);
        Assert.Equal(recorder.Root.SpanId, exec.ParentSpanId);
        Activity wait = Assert.Single(recorder.ActivitiesOf("containerkit.container.wait"));
        Assert.Equal("nothing", wait.GetTagItem("containerkit.wait.strategy"));
        Assert.Equal("success", Assert.Single(recorder.Of("containerkit.exec.duration")).Tags["containerkit.exit.kind"]);
        Assert.Single(recorder.Of("containerkit.container.wait.duration"));
    }

    [Fact]
    public async Task A_start_that_fails_has_its_kind_of_error()
    {
        using var recorder = new DiagnosticsRecorder();
        Runtime.BeforeStart = _ => throw new ContainerStartException("execve", 127, "there is no such program");
        await Assert.ThrowsAsync<ContainerStartException>(() => Containers.StartAsync(Spec, Token));

        Activity start = Assert.Single(recorder.ActivitiesOf("containerkit.container.start"));
        Assert.Equal(ActivityStatusCode.Error, start.Status);
        Assert.Equal("ContainerStart", start.GetTagItem("error.type"));
        Assert.Equal("ContainerStart", Assert.Single(recorder.Of("containerkit.container.start.duration")).Tags["error.type"]);
        Assert.Empty(recorder.Of("containerkit.container.started"));
    }

    [Fact]
    public void Nothing_is_allocated_while_nobody_listens()
    {
        // Tests of this class never run at the same time, and no other class listens.
        RunOnce();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            RunOnce();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);

        static void RunOnce()
        {
            MeasuredOperation operation = MeasuredOperation.Begin("containerkit.container.start", Instruments.StartDuration);
            operation.Describe("id", "name", "image");
            Instruments.Started.Add(1);
            Instruments.CountExit(0, null, outOfMemory: false);
            operation.End(TagNames.ExitKind, "success");
        }
    }
}
