using System.IO.Pipelines;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Files;

/// <summary>Those who attach and then don't read.</summary>
public sealed class StalledFollowerTests(BusyboxFixture busybox) : IClassFixture<BusyboxFixture>
{
    private const int Lines = 200_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Attachments_that_are_not_read_cost_the_log_nothing_and_end_by_themselves()
    {
        var options = new AttachOptions { BufferSize = ByteSize.KiB(64), StallTimeout = TimeSpan.FromMilliseconds(200) };
        Container container = await busybox.Engine.Containers.CreateAsync(busybox.Script($"seq 1 {Lines}"), Token);
        await using ContainerAttachment first = await container.AttachAsync(options, Token);
        await using ContainerAttachment second = await container.AttachAsync(options, Token);
        await using ContainerAttachment reader = await container.AttachAsync(cancellationToken: Token);
        Task<long> read = CountAsync(reader.StandardOutput);
        await container.StartAsync(Token);

        Assert.True((await container.WaitAsync(Token)).IsSuccess);

        int expected = 1;
        await foreach (LogLine line in container.ReadLogsAsync(cancellationToken: Token))
        {
            Assert.Equal(expected++.ToString(System.Globalization.CultureInfo.InvariantCulture), line.Text);
        }

        await container.RemoveAsync(cancellationToken: Token);
        Assert.Equal(Lines + 1, expected);
        Assert.Equal(Enumerable.Range(1, Lines).Sum(number => (long)number.ToString(System.Globalization.CultureInfo.InvariantCulture).Length + 1), await read);
        await Assert.ThrowsAsync<IOException>(() => CountAsync(first.StandardOutput));
        await Assert.ThrowsAsync<IOException>(() => CountAsync(second.StandardOutput));
    }

    private static async Task<long> CountAsync(PipeReader reader)
    {
        long count = 0;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(Token);
            count += result.Buffer.Length;
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return count;
            }
        }
    }
}
