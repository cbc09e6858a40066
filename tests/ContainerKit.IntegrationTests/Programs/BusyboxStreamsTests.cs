using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>Standard streams: of the command, of exec, and in the log.</summary>
public sealed class BusyboxStreamsTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    private const int Large = 16 * 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("cat", "one\ntwo")]
    [InlineData("wc -c", "7\n")]
    public async Task Completing_the_input_of_exec_is_an_end_of_file_and_output_goes_on(string command, string expected)
    {
        await using Container container = await busybox.Engine.Containers.StartAsync(busybox.Spec("sleep", "1000"), Token);
        await using ExecSession exec = await container.OpenExecAsync(ExecSpec.ForCommand(command.Split(' ')).WithOpenStdin(), Token);

        await exec.StandardInput!.WriteAsync("one\ntwo"u8.ToArray(), Token);
        await exec.StandardInput.CompleteAsync();

        Assert.Equal(expected, Encoding.UTF8.GetString(await ReadAllAsync(exec.StandardOutput)));
        Assert.Equal(0, (await exec.WaitAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task Sixteen_mebibytes_go_through_exec_byte_for_byte()
    {
        await using Container container = await busybox.Engine.Containers.StartAsync(busybox.Spec("sleep", "1000"), Token);
        await using ExecSession exec = await container.OpenExecAsync(ExecSpec.ForCommand("cat").WithOpenStdin(), Token);

        await CopyAndCompareAsync(exec.StandardInput!, exec.StandardOutput);

        Assert.Equal(0, (await exec.WaitAsync(Token)).ExitCode);
    }

    [Fact]
    public async Task Sixteen_mebibytes_go_through_an_attached_container_byte_for_byte()
    {
        Container container = await busybox.Engine.Containers.CreateAsync(busybox.Spec("cat").WithOpenStdin(), Token);
        await using (ContainerAttachment attachment = await container.AttachAsync(cancellationToken: Token))
        {
            await container.StartAsync(Token);
            await CopyAndCompareAsync(attachment.StandardInput!, attachment.StandardOutput);
            Assert.Equal(0, (await container.WaitAsync(Token)).ExitCode);
        }

        await container.RemoveAsync(cancellationToken: Token);
    }

    [Fact]
    public async Task Without_open_input_programs_read_an_end_of_file()
    {
        ExecResult result = await busybox.RunAsync(busybox.Script("cat; echo end"));

        Assert.Equal("end\n", result.StandardOutput);
    }

    [Fact]
    public async Task The_log_tells_output_from_errors_and_has_the_tail()
    {
        await using Container container = await busybox.Engine.Containers.StartAsync(
            busybox.Script("for i in $(seq 1 50); do echo out $i; echo err $i >&2; done; echo -n unfinished"), Token);
        await container.WaitAsync(Token);

        List<LogLine> lines = await container.ReadLogsAsync(cancellationToken: Token).ToListAsync(Token);
        List<LogLine> tail = await container.ReadLogsAsync(tail: 3, cancellationToken: Token).ToListAsync(Token);

        string[] numbers = [.. Enumerable.Range(1, 50).Select(n => n.ToString(null, null))];
        Assert.Equal([.. numbers.Select(n => "out " + n), "unfinished"], lines.Where(line => line.Stream == LogStream.StandardOutput).Select(line => line.Text));
        Assert.Equal(numbers.Select(n => "err " + n), lines.Where(line => line.Stream == LogStream.StandardError).Select(line => line.Text));
        Assert.Equal(lines.TakeLast(3), tail);
    }

    [Fact]
    public async Task Following_the_log_sees_lines_as_they_come_and_ends_with_the_container()
    {
        Container container = await busybox.Engine.Containers.CreateAsync(busybox.Script("echo first; while read line; do echo got $line; done; exit 5").WithOpenStdin(), Token);
        await using (ContainerAttachment attachment = await container.AttachAsync(cancellationToken: Token))
        {
            await container.StartAsync(Token);
            List<string> seen = [];
            await foreach (LogLine line in container.ReadLogsAsync(follow: true, cancellationToken: Token))
            {
                seen.Add(line.Text);
                if (seen.Count < 4)
                {
                    await attachment.StandardInput!.WriteAsync(Encoding.UTF8.GetBytes($"line {seen.Count}\n"), Token);
                }
                else
                {
                    await attachment.StandardInput!.CompleteAsync();
                }
            }

            Assert.Equal(["first", "got line 1", "got line 2", "got line 3"], seen);
            Assert.Equal(5, (await container.WaitAsync(Token)).ExitCode);
        }

        await container.RemoveAsync(cancellationToken: Token);
    }

    [Fact]
    public async Task A_very_long_line_comes_in_pieces_and_whole()
    {
        ExecResult whole = await busybox.RunAsync(busybox.Script("head -c 100000 /dev/zero | tr '\\0' x; echo"));
        await using Container container = await busybox.Engine.Containers.StartAsync(busybox.Script("head -c 100000 /dev/zero | tr '\\0' x; echo; echo next"), Token);
        await container.WaitAsync(Token);
        List<LogLine> lines = await container.ReadLogsAsync(cancellationToken: Token).ToListAsync(Token);

        Assert.Equal(new string('x', 100000) + "\n", whole.StandardOutput);
        Assert.Equal(whole.StandardOutput.TrimEnd(), string.Concat(lines.SkipLast(1).Select(line => line.Text)));
        Assert.Equal(("next", false), (lines[^1].Text, lines[^1].IsPartial));
    }

    private static async Task CopyAndCompareAsync(PipeWriter input, PipeReader output)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(Large);
        Task<byte[]> received = ReadAllAsync(output);
        await input.WriteAsync(sent, Token);
        await input.CompleteAsync();
        byte[] back = await received;
        Assert.True(sent.AsSpan().SequenceEqual(back), "What came back is not what was sent.");
    }

    private static async Task<byte[]> ReadAllAsync(PipeReader reader)
    {
        using var all = new MemoryStream();
        await reader.CopyToAsync(all, Token);
        return all.ToArray();
    }
}
