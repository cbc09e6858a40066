using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using ContainerKit.DockerApi.Exec;
using ContainerKit.DockerApi.Streams;
using ContainerKit.DockerApi.Tests.Hosting;
using ContainerKit.Tests.Operations;
using Xunit;

namespace ContainerKit.DockerApi.Tests.Exec;

public sealed class ExecRunTests(ApiFixture api) : ApiTest(api)
{
    /// <summary>How long output may stay open behind the end of its command.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Slow_client_gets_all_of_a_command_that_has_ended()
    {
        RequireBusybox();
        CancellationToken token = TestContext.Current.CancellationToken;
        string id = await RunAsync(Body("sleep", "1000"));
        var time = new ManualTime();
        await using var registry = new ExecRegistry(time);
        ExecInstance exec = new()
        {
            Id = ExecRegistry.CreateId(),
            Container = (await Api.Engine.Containers.FindAsync(id, token))!,
            Spec = new ExecSpec { Command = ["sh", "-c", "echo first; echo second >&2; exit 3"] },
            AttachStandardInput = false,
            AttachStandardOutput = true,
            AttachStandardError = true,
            DetachKeys = null,
            CreatedAt = time.GetUtcNow(),
        };
        registry.Add(exec);
        exec.BeginStart();
        Pipe input = new();
        Pipe output = new(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        Task run = new ExecRun(exec, exec.Spec, registry).RunAttachedAsync(new HijackedStream(input.Reader, output.Writer), token);

        // Nothing is read yet, so the first frame holds everything up: the wait begins again and again.
        await time.PassAsync(DrainTime, token);
        await time.PassAsync(DrainTime, token);
        Assert.Equal([exec.Id], registry.FindRunning(id));
        Assert.Null(exec.ExitCode);

        Assert.Equal(["first\n", "second\n"], (await ReadFramesAsync(output.Reader, 2, token)).Order());
        await run;
        Assert.Equal(3, exec.ExitCode);
        Assert.Null(registry.FindRunning(id));
        await RemoveAsync(id);
    }

    private static async Task<List<string>> ReadFramesAsync(PipeReader reader, int count, CancellationToken cancellationToken)
    {
        List<string> frames = [];
        while (frames.Count < count)
        {
            ReadResult result = await reader.ReadAtLeastAsync(StreamFrame.HeaderSize, cancellationToken);
            int length = result.Buffer.Slice(7).FirstSpan[0];
            reader.AdvanceTo(result.Buffer.Start);
            result = await reader.ReadAtLeastAsync(StreamFrame.HeaderSize + length, cancellationToken);
            ReadOnlySequence<byte> text = result.Buffer.Slice(StreamFrame.HeaderSize, length);
            frames.Add(Encoding.UTF8.GetString(text));
            reader.AdvanceTo(text.End);
        }

        return frames;
    }
}
