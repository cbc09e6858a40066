using System.IO.Pipelines;
using System.Text;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using Xunit;

namespace ContainerKit.Linux.Tests.Io;

public sealed class FdPipeWriterTests
{
    /// <summary>More than a pipe holds by default (64 KiB), pipe(7).</summary>
    private const int MoreThanAPipeHolds = 300_000;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Completing_the_writer_half_closes()
    {
        using PipeEnds toChild = PipeEnds.Create();
        using PipeEnds fromChild = PipeEnds.Create();
        using PidFd child = PidFd.Open(SpawnedChild.Shell("cat; echo end", toChild.Read, fromChild.Write));
        toChild.Read.Dispose();
        fromChild.Write.Dispose();
        PipeWriter writer = FdPipe.OpenWriter(toChild.Write);
        PipeReader reader = FdPipe.OpenReader(fromChild.Read);

        await writer.WriteTextAsync("one\n");
        Assert.Equal("one\n", await reader.ReadUntilAsync("\n"));
        Encoding.UTF8.GetBytes("two\n", writer.GetSpan(4));
        writer.Advance(4);
        Assert.Equal(4, writer.UnflushedBytes);
        await writer.CompleteAsync();
        Assert.True(toChild.Write.IsClosed);
        Assert.Equal("two\nend\n", await reader.ReadToEndAsync());
        Assert.Equal(0, (await child.WaitAsync(Cancelled)).ExitCode);
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task A_flush_waits_for_room()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        writer.GetSpan(MoreThanAPipeHolds)[..MoreThanAPipeHolds].Fill((byte)'x');
        writer.Advance(MoreThanAPipeHolds);
        Task<FlushResult> flush = writer.FlushAsync(Cancelled).AsTask();
        Assert.False(flush.IsCompleted);
        Assert.InRange(writer.UnflushedBytes, 1, MoreThanAPipeHolds - 1);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.FlushAsync(Cancelled));

        await SkipAsync(reader, MoreThanAPipeHolds);
        Assert.False((await flush).IsCompleted);
        Assert.Equal(0, writer.UnflushedBytes);
        await writer.CompleteAsync();
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task Synchronous_complete_writes_the_rest_in_the_background()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        writer.GetSpan(MoreThanAPipeHolds)[..MoreThanAPipeHolds].Fill((byte)'x');
        writer.Advance(MoreThanAPipeHolds);
        writer.Complete();
        Assert.Equal(new string('x', MoreThanAPipeHolds), await reader.ReadToEndAsync());
        Assert.True(pipe.Write.IsClosed);
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task Completing_with_an_exception_drops_what_was_not_flushed()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        writer.GetSpan(10)[..10].Fill((byte)'x');
        writer.Advance(10);
        await writer.CompleteAsync(new IOException("no longer wanted"));
        Assert.Equal("", await reader.ReadToEndAsync());
        Assert.Throws<InvalidOperationException>(() => writer.GetMemory());
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task Completing_ends_a_flush_that_waits()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
        Task<FlushResult> flush = writer.WriteAsync(new byte[MoreThanAPipeHolds], Cancelled).AsTask();
        await writer.CompleteAsync();
        Assert.True(await flush is { IsCanceled: true, IsCompleted: true });
        Assert.True(pipe.Write.IsClosed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reader_that_went_away_completes_the_flush(bool whileWaiting)
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
        if (!whileWaiting)
        {
            pipe.Read.Dispose();
        }

        Task<FlushResult> flush = writer.WriteAsync(new byte[MoreThanAPipeHolds], Cancelled).AsTask();
        Assert.Equal(!whileWaiting, flush.IsCompleted);
        pipe.Read.Dispose();
        Assert.True(await flush is { IsCompleted: true, IsCanceled: false });

        writer.GetSpan(10)[..10].Clear();
        writer.Advance(10);
        Assert.True((await writer.FlushAsync(Cancelled)).IsCompleted);
        await writer.CompleteAsync();
        Assert.True(pipe.Write.IsClosed);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_and_not_the_bytes()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        byte[] sent = new byte[MoreThanAPipeHolds];
        new Random(1).NextBytes(sent);
        byte[] lent = [.. sent];

        using var source = new CancellationTokenSource();
        Task<FlushResult> flush = writer.WriteAsync(lent, source.Token).AsTask();
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
        Array.Clear(lent);

        flush = writer.FlushAsync(Cancelled).AsTask();
        writer.CancelPendingFlush();
        Assert.True(await flush is { IsCanceled: true, IsCompleted: false });

        flush = writer.FlushAsync(Cancelled).AsTask();
        Assert.Equal(sent, await TakeAsync(reader, MoreThanAPipeHolds));
        Assert.False((await flush).IsCanceled);
        await writer.CompleteAsync();
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task Bytes_may_be_added_while_a_flush_waits()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        writer.GetSpan(MoreThanAPipeHolds)[..MoreThanAPipeHolds].Fill((byte)'x');
        writer.Advance(MoreThanAPipeHolds);
        Task<FlushResult> flush = writer.FlushAsync(Cancelled).AsTask();
        Memory<byte> held = writer.GetMemory(5);
        Task<byte[]> taking = TakeAsync(reader, MoreThanAPipeHolds);
        await taking;
        await flush;
        Encoding.UTF8.GetBytes("after", held.Span);
        writer.Advance(5);
        await writer.CompleteAsync();
        Assert.Equal("after", await reader.ReadToEndAsync());
        await reader.CompleteAsync();
    }

    [Fact]
    public void Advancing_beyond_the_memory_is_refused()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(1));
        int length = writer.GetMemory(1).Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Advance(-1));
        writer.Complete();
    }

    private static async Task SkipAsync(PipeReader reader, int count) => await TakeAsync(reader, count);

    private static async Task<byte[]> TakeAsync(PipeReader reader, int count)
    {
        ReadResult result = await reader.ReadAtLeastAsync(count, Cancelled);
        var taken = new byte[count];
        System.Buffers.BuffersExtensions.CopyTo(result.Buffer.Slice(0, count), taken);
        reader.AdvanceTo(result.Buffer.GetPosition(count));
        return taken;
    }
}
