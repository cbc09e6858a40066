using System.IO.Pipelines;
using System.Security.Cryptography;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using Xunit;

namespace ContainerKit.Linux.Tests.Io;

public sealed class IoStressTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sixty_four_mebibytes_arrive_byte_for_byte_at_a_slow_consumer()
    {
        const int Total = 64 * 1024 * 1024;
        using PipeEnds pipe = PipeEnds.Create();
        PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        Task<byte[]> sending = SendAsync(writer, Total);

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(2);
        long received = 0;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(Cancelled);

            // Takes a random part of what is there, examines another part, and is away for a while now and then.
            long take = result.IsCompleted ? result.Buffer.Length : random.NextInt64(result.Buffer.Length + 1);
            foreach (ReadOnlyMemory<byte> segment in result.Buffer.Slice(0, take))
            {
                hash.AppendData(segment.Span);
            }

            received += take;
            long examine = random.Next(4) == 0 ? result.Buffer.Length : take;
            reader.AdvanceTo(result.Buffer.GetPosition(take), result.Buffer.GetPosition(examine));
            if (result.IsCompleted)
            {
                break;
            }

            if (random.Next(16) == 0)
            {
                await Task.Yield();
            }
        }

        Assert.Equal(Total, received);
        Assert.Equal(await sending, hash.GetHashAndReset());
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task A_childs_output_is_counted_to_the_byte()
    {
        using PipeEnds pipe = PipeEnds.Create();
        using PidFd child = PidFd.Open(SpawnedChild.Shell("head -c 20000000 /dev/zero", output: pipe.Write));
        pipe.Write.Dispose();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        var counter = new MemoryStream();
        await reader.CopyToAsync(counter, Cancelled);
        Assert.Equal(20_000_000, counter.Length);
        Assert.Equal(0, (await child.WaitAsync(Cancelled)).ExitCode);
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task Two_hundred_streams_at_once_do_not_mix()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async number =>
        {
            using PipeEnds pipe = PipeEnds.Create();
            PipeWriter writer = FdPipe.OpenWriter(pipe.Write);
            PipeReader reader = FdPipe.OpenReader(pipe.Read);
            string line = $"stream {number}\n";
            Task<string> reading = reader.ReadToEndAsync();
            for (int i = 0; i < 100; i++)
            {
                await writer.WriteTextAsync(line);
                await Task.Yield();
            }

            await writer.CompleteAsync();
            Assert.Equal(string.Concat(Enumerable.Repeat(line, 100)), await reading);
            await reader.CompleteAsync();
        }));
    }

    [Fact]
    public async Task Completing_while_an_event_is_under_way_never_reaches_a_new_owner_of_the_number()
    {
        // Data and Complete race; the freed number is at once taken by the next pipe, whose reader must only see its own bytes.
        for (int i = 0; i < 2000; i++)
        {
            using PipeEnds pipe = PipeEnds.Create();
            // The duplicate keeps the file open, so that a watch that was not removed would go on reporting.
            using FileDescriptor duplicate = pipe.Read.Duplicate();
            PipeReader reader = FdPipe.OpenReader(pipe.Read);
            Task<ReadResult> pending = reader.ReadAsync(Cancelled).AsTask();
            Task completing = Task.Run(() => reader.Complete(), Cancelled);
            FdPipeReaderTests.Write(pipe.Write, "x");
            using PipeEnds next = PipeEnds.Create();
            PipeReader second = FdPipe.OpenReader(next.Read);
            Task<ReadResult> other = second.ReadAsync(Cancelled).AsTask();
            await completing;
            ReadResult result = await pending;
            Assert.True(result.IsCanceled || result.Buffer.Length == 1);
            Assert.False(other.IsCompleted);
            FdPipeReaderTests.Write(next.Write, "y");
            Assert.Equal((byte)'y', (await other).Buffer.FirstSpan[0]);
            await second.CompleteAsync();
        }
    }

    [Fact]
    public async Task Cancellation_racing_with_data_loses_no_wakeup_and_no_byte()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        int received = 0;
        for (int i = 0; i < 5000; i++)
        {
            using var source = new CancellationTokenSource();
            Task<ReadResult> pending = reader.ReadAsync(source.Token).AsTask();
            Task cancelling = Task.Run(source.Cancel, Cancelled);
            FdPipeReaderTests.Write(pipe.Write, "x");
            try
            {
                ReadResult result = await pending;
                received += (int)result.Buffer.Length;
                reader.AdvanceTo(result.Buffer.End);
            }
            catch (OperationCanceledException)
            {
            }

            await cancelling;
        }

        pipe.Write.Dispose();
        received += (await reader.ReadToEndAsync()).Length;
        Assert.Equal(5000, received);
        await reader.CompleteAsync();
    }

    [Fact]
    public async Task CancelPendingRead_racing_with_data_loses_no_wakeup_and_no_byte()
    {
        using PipeEnds pipe = PipeEnds.Create();
        PipeReader reader = FdPipe.OpenReader(pipe.Read);
        const int Sent = 5000;
        int received = 0;
        int cancelled = 0;

        // As many rounds as bytes: a cancellation may win every race, and then nothing is read before the end.
        for (int round = 0; round < Sent; round++)
        {
            Task cancelling = Task.Run(reader.CancelPendingRead, Cancelled);
            FdPipeReaderTests.Write(pipe.Write, "x");
            await ReadOnceAsync();
            await cancelling;
        }

        while (received < Sent)
        {
            await ReadOnceAsync();
        }

        async Task ReadOnceAsync()
        {
            ReadResult result = await reader.ReadAsync(Cancelled);
            received += (int)result.Buffer.Length;
            cancelled += result.IsCanceled ? 1 : 0;
            reader.AdvanceTo(result.Buffer.End);
        }

        Assert.NotEqual(0, cancelled);
        await reader.CompleteAsync();
    }

    private static async Task<byte[]> SendAsync(PipeWriter writer, int total)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var random = new Random(1);
        byte[] block = new byte[200_000];
        for (int sent = 0; sent < total;)
        {
            int size = Math.Min(total - sent, random.Next(1, block.Length));
            random.NextBytes(block.AsSpan(0, size));
            hash.AppendData(block.AsSpan(0, size));
            sent += size;
            if (random.Next(2) == 0)
            {
                await writer.WriteAsync(block.AsMemory(0, size), Cancelled);
            }
            else
            {
                block.AsSpan(0, size).CopyTo(writer.GetSpan(size));
                writer.Advance(size);
                await writer.FlushAsync(Cancelled);
            }
        }

        await writer.CompleteAsync();
        return hash.GetHashAndReset();
    }
}
