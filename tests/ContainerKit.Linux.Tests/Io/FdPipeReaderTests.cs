using System.IO.Pipelines;
using System.Text;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;
using ContainerKit.Linux.Io;
using Xunit;

namespace ContainerKit.Linux.Tests.Io;

public sealed class FdPipeReaderTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reading_waits_for_data_and_ends_at_end_of_file()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Task<ReadResult> pending = reader.ReadAsync(Cancelled).AsTask();
        Assert.False(pending.IsCompleted);

        Write(pipe.Write, "hello");
        ReadResult result = await pending;
        Assert.Equal("hello", Encoding.UTF8.GetString(result.Buffer));
        Assert.False(result.IsCompleted);
        reader.AdvanceTo(result.Buffer.End);

        pending = reader.ReadAsync(Cancelled).AsTask();
        pipe.Write.Dispose();
        result = await pending;
        Assert.True(result.IsCompleted);
        Assert.True(result.Buffer.IsEmpty);
        await reader.CompleteAsync();
        Assert.True(pipe.Read.IsClosed);
    }

    [Fact]
    public async Task Consumer_of_what_never_pauses_does_not_keep_its_caller()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        using var stop = new CancellationTokenSource();
        string block = new('x', 32 * 1024);
        var writer = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
                Write(pipe.Write, block);
        });
        writer.Start();
        Task consumer = ConsumeAsync(reader);

        // Here it is, although there is always something to read.
        await stop.CancelAsync();
        writer.Join();
        pipe.Write.Dispose();
        await consumer;
        await reader.CompleteAsync();

        static async Task ConsumeAsync(PipeReader reader)
        {
            for (ReadResult result = default; !result.IsCompleted;)
            {
                result = await reader.ReadAsync(CancellationToken.None);
                reader.AdvanceTo(result.Buffer.End);
            }
        }
    }

    [Fact]
    public async Task Data_written_before_the_reader_was_opened_is_read()
    {
        using PipeEnds pipe = PipeEnds.Create();
        Write(pipe.Write, "early");
        pipe.Write.Dispose();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Assert.Equal("early", await reader.ReadToEndAsync());
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task What_was_not_examined_is_handed_out_again_without_reading()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Write(pipe.Write, "abcdef");
        ReadResult result = await reader.ReadAsync(Cancelled);
        reader.AdvanceTo(result.Buffer.GetPosition(2), result.Buffer.GetPosition(3));

        result = await reader.ReadAsync(Cancelled);
        Assert.Equal("cdef", Encoding.UTF8.GetString(result.Buffer));
        reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);

        Assert.False(reader.TryRead(out _));
        Write(pipe.Write, "gh");
        Assert.True(reader.TryRead(out result));
        Assert.Equal("cdefgh", Encoding.UTF8.GetString(result.Buffer));
        reader.AdvanceTo(result.Buffer.End);
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task Bytes_that_arrive_one_by_one_do_not_cost_an_array_each()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        int segments = 0;
        for (int i = 1; i <= 1000; i++)
        {
            Write(pipe.Write, "x");
            ReadResult result = await reader.ReadAsync(Cancelled);
            Assert.Equal(i, result.Buffer.Length);
            segments = 0;
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                segments++;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        Assert.Equal(1, segments);
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task A_position_outside_of_what_was_read_is_refused()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Write(pipe.Write, "abc");
        ReadResult result = await reader.ReadAsync(Cancelled);
        SequencePosition one = result.Buffer.GetPosition(1);
        SequencePosition two = result.Buffer.GetPosition(2);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.AdvanceTo(two, one));
        reader.AdvanceTo(two);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.AdvanceTo(one));
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task A_slow_consumer_stops_the_sender_at_the_threshold()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read, new FdPipeOptions { PauseThreshold = 10_000 });
        PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
        Task<FlushResult> sending = writer.WriteAsync(new byte[1_000_000], Cancelled).AsTask();

        ReadResult result = await reader.ReadAsync(Cancelled);
        Assert.InRange(result.Buffer.Length, 1, 10_000);
        long first = result.Buffer.Length;
        for (int i = 0; i < 10; i++)
        {
            reader.AdvanceTo(result.Buffer.Start);
            result = await reader.ReadAsync(Cancelled);
            Assert.Equal(first, result.Buffer.Length);
        }

        Assert.False(sending.IsCompleted);
        await reader.CompleteAsync();
        Assert.True((await sending).IsCompleted);
        await writer.CompleteAsync();
    }

    [Fact]
    public async Task A_cancelled_token_ends_the_wait_and_loses_nothing()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        for (int i = 0; i < 100; i++)
        {
            using var source = new CancellationTokenSource();
            Task<ReadResult> pending = reader.ReadAsync(source.Token).AsTask();
            await source.CancelAsync();
            OperationCanceledException exception =
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pending);
            Assert.Equal(source.Token, exception.CancellationToken);
        }

        Write(pipe.Write, "still here");
        ReadResult result = await reader.ReadAsync(Cancelled);
        Assert.Equal("still here", Encoding.UTF8.GetString(result.Buffer));
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task CancelPendingRead_ends_the_present_or_the_next_read()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Task<ReadResult> pending = reader.ReadAsync(Cancelled).AsTask();
        reader.CancelPendingRead();
        ReadResult result = await pending;
        Assert.True(result is { IsCanceled: true, IsCompleted: false });

        reader.CancelPendingRead();
        result = await reader.ReadAsync(Cancelled);
        Assert.True(result.IsCanceled);

        Write(pipe.Write, "x");
        result = await reader.ReadAsync(Cancelled);
        Assert.False(result.IsCanceled);
        Assert.Equal(1, result.Buffer.Length);
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task Completing_ends_a_read_that_waits_and_closes_the_descriptor()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Task<ReadResult> pending = reader.ReadAsync(Cancelled).AsTask();
        await reader.CompleteAsync();
        ReadResult result = await pending;
        Assert.True(result is { IsCanceled: true, IsCompleted: true, Buffer.IsEmpty: true });
        reader.AdvanceTo(result.Buffer.End);
        Assert.True(pipe.Read.IsClosed);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await reader.ReadAsync(Cancelled));
    }

    [Fact]
    public async Task A_second_read_while_one_waits_is_refused()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Task<ReadResult> pending = reader.ReadAsync(Cancelled).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await reader.ReadAsync(Cancelled));
        await reader.CompleteAsync();
        Assert.True((await pending).IsCanceled);
    }

    [Fact]
    public async Task The_descriptor_stays_open_when_asked()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read, new FdPipeOptions { LeaveOpen = true });
        Task<ReadResult> pending = reader.ReadAsync(Cancelled).AsTask();
        await reader.CompleteAsync();
        Assert.True((await pending).IsCompleted);
        Assert.False(pipe.Read.IsClosed);

        PipeReader second = FdPipe.OpenReader(pipe.Read);
        pending = second.ReadAsync(Cancelled).AsTask();
        Write(pipe.Write, "again");
        Assert.Equal("again", Encoding.UTF8.GetString((await pending).Buffer));
        await second.CompleteAsync();
    }

    [Fact]
    public async Task A_failing_read_names_the_call()
    {
        // Reading the write end of a pipe: EBADF, read(2).
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Write);
        LinuxException exception = await Assert.ThrowsAsync<LinuxException>(async () => await reader.ReadAsync(Cancelled));
        Assert.Equal((Errno.EBADF, "read"), (exception.Errno, exception.Syscall));
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task A_regular_file_is_read_to_its_end()
    {
        // epoll refuses regular files (EPERM); they never make anybody wait.
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, new string('x', 200_000), Cancelled);
            int number = LinuxException.ThrowIfFailed(LibC.open(path, LibC.ORdOnly | LibC.OCloExec, 0), "open");
            PipeReader reader = FdPipe.OpenReader(new FileDescriptor(number, ownsDescriptor: true));
            Assert.Equal(200_000, (await reader.ReadToEndAsync()).Length);
            await reader.CompleteAsync();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task The_other_end_stays_blocking()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Assert.NotEqual(0, LibC.fcntl(pipe.Read, LibC.FGetFl, 0) & LibC.ONonBlock);
        Assert.Equal(0, LibC.fcntl(pipe.Write, LibC.FGetFl, 0) & LibC.ONonBlock);
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task Continuations_do_not_run_on_the_epoll_thread()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Task<ReadResult> pending = reader.ReadAsync(Cancelled).AsTask();
        Task<bool> onPool = Continue(pending);
        Write(pipe.Write, "x");
        Assert.True(await onPool);
        await reader.CompleteAsync();

        static async Task<bool> Continue(Task<ReadResult> read)
        {
            await read.ConfigureAwait(false);
            return Thread.CurrentThread.IsThreadPoolThread;
        }
    }

    internal static unsafe void Write(FileDescriptor descriptor, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* pointer = bytes)
        {
            Assert.Equal(bytes.Length, (int)LibC.write(descriptor, pointer, (nuint)bytes.Length));
        }
    }
}
