using System.IO.Pipelines;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using Xunit;

namespace ContainerKit.Linux.Tests.Io;

/// <summary>Counts of the whole process, so nothing else may run meanwhile.</summary>
[Collection("Counts of the whole process")]
public sealed class IoCostTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_idle_stream_costs_little_memory_and_no_thread()
    {
        // 500 containers with 3 streams each are to cost at most 20 KiB per container: 6 KiB per stream; this asks for less than a third.
        const int Streams = 1000;
        const int BytesPerStream = 2 * 1024;
        await OpenAndCloseAsync(Streams);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        PipeEnds[] pipes = [.. Enumerable.Range(0, Streams).Select(_ => PipeEnds.Create())];
        PipeReader[] readers = [.. pipes.Select(pipe => FdPipe.OpenReader(pipe.Read))];
        foreach (PipeEnds pipe in pipes)
        {
            FdPipeReaderTests.Write(pipe.Write, "some output, then silence");
        }

        using var waiting = new CountdownEvent(Streams);
        Task<long>[] reads = [.. readers.Select(reader => CountAsync(reader, waiting))];
        waiting.Wait(Cancelled);
        long perStream = (GC.GetTotalMemory(forceFullCollection: true) - before) / Streams;
        TestContext.Current.TestOutputHelper?.WriteLine($"{perStream} bytes per idle stream, with its consumer");
        Assert.InRange(perStream, 0, BytesPerStream);
        Assert.InRange(ReactorThreads(), 1, 1);

        // Threads of the pool come and go, but far from one per stream.
        Assert.InRange(Directory.GetDirectories("/proc/self/task").Length, 1, 100);

        foreach (PipeEnds pipe in pipes)
        {
            pipe.Write.Dispose();
        }

        Assert.All(await Task.WhenAll(reads), count => Assert.Equal("some output, then silence".Length, count));
        foreach (PipeReader reader in readers)
        {
            await reader.CompleteAsync();
        }
    }

    [Fact]
    public async Task No_descriptor_is_left()
    {
        await UseEverythingAsync();
        string[] before = Descriptors();
        for (int i = 0; i < 20; i++)
        {
            await UseEverythingAsync();
        }

        Assert.Equal(before, Descriptors());
    }

    [Fact]
    public async Task A_reactor_of_ones_own_ends_with_its_thread()
    {
        string[] before = Descriptors();
        var reactor = new Reactor();
        using PipeEnds pipe = PipeEnds.Create();
        pipe.Read.SetNonBlocking();
        var reader = new FdPipeReader(reactor, pipe.Read, FdPipeOptions.Default);
        Task<ReadResult> pending = reader.ReadAsync(Cancelled).AsTask();
        FdPipeReaderTests.Write(pipe.Write, "x");
        Assert.Equal(1, (await pending).Buffer.Length);
        await reader.CompleteAsync();
        reactor.Dispose();
        reactor.Dispose();
        pipe.Dispose();
        Assert.Equal(before, Descriptors());
    }

    private static async Task UseEverythingAsync()
    {
        using PipeEnds output = PipeEnds.Create();
        using PidFd child = PidFd.Open(SpawnedChild.Shell("echo done", output: output.Write));
        output.Write.Dispose();
        PipeReader reader = FdPipe.OpenReader(output.Read);
        Assert.Equal("done\n", await reader.ReadToEndAsync());
        await reader.CompleteAsync();
        await child.WaitAsync(Cancelled);

        using UnixSocketPair sockets = UnixSocketPair.Create();
        using TerminalPair pair = TerminalPair.Open();
        UnixSocketPair.SendDescriptor(sockets.Remote, pair.Master);
        using var terminal = new PseudoTerminal(await sockets.ReceiveDescriptorAsync(Cancelled));
        Task<ReadResult> pending = terminal.Output.ReadAsync(Cancelled).AsTask();
        await terminal.Input.WriteTextAsync("x");
        await pending;

        using PipeEnds full = PipeEnds.Create();
        PipeWriter writer = FdPipe.OpenWriter(full.Write);
        Task<FlushResult> flush = writer.WriteAsync(new byte[200_000], Cancelled).AsTask();
        full.Read.Dispose();
        await flush;
        await writer.CompleteAsync();
    }

    private static async Task OpenAndCloseAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            using PipeEnds pipe = PipeEnds.Create();
            PipeReader reader = FdPipe.OpenReader(pipe.Read);
            Task<string> reading = reader.ReadToEndAsync();
            pipe.Write.Dispose();
            await reading;
            await reader.CompleteAsync();
        }
    }

    /// <summary>Reads what there is, says when it waits for more, and reads to the end.</summary>
    private static async Task<long> CountAsync(PipeReader reader, CountdownEvent waiting)
    {
        long count = 0;
        bool told = false;
        while (true)
        {
            ValueTask<ReadResult> read = reader.ReadAsync(Cancelled);
            if (!told && count > 0 && !read.IsCompleted)
            {
                told = true;
                waiting.Signal();
            }

            ReadResult result = await read;
            count += result.Buffer.Length;
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return count;
            }
        }
    }

    private static int ReactorThreads()
        => Directory.GetDirectories("/proc/self/task").Count(task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("ContainerKit ep", StringComparison.Ordinal));

    /// <summary>Open descriptors of the kinds that this feature opens; the runtime opens and closes files as it likes.</summary>
    private static string[] Descriptors()
        => [.. Directory.GetFiles("/proc/self/fd")
            .Select(path => new FileInfo(path).LinkTarget ?? "")
            .Select(target => target.Split(':', '[')[0])
            .Where(kind => kind is "pipe" or "socket" or "anon_inode" or "pidfd" or "/dev/ptmx" or "/dev/pts/ptmx")
            .Order()];
}
