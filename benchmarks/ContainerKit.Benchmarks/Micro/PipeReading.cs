using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Io;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Benchmarks.Micro;

/// <summary>What a container's output passes on its way to the log: a pipe, read asynchronously.</summary>
[MemoryDiagnoser]
public class PipeReading
{
    private const int Volume = 16 << 20;
    private readonly byte[] _chunk = new byte[32 << 10];

    [Benchmark]
    public async Task<long> Read16MiB()
    {
        using var pipe = PipeEnds.Create();
        var writer = Task.Factory.StartNew(() => WriteAll(pipe), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var reader = FdPipe.OpenReader(pipe.Read);
        var total = await ReadToEndAsync(reader);
        await writer;
        return total;
    }

    private static async Task<long> ReadToEndAsync(PipeReader reader)
    {
        long total = 0;
        while (true)
        {
            var result = await reader.ReadAsync();
            total += result.Buffer.Length;
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                break;
        }
        await reader.CompleteAsync();
        return total;
    }

    private void WriteAll(PipeEnds pipe)
    {
        using var end = new SafeFileHandle(pipe.Write.DangerousGetHandle(), ownsHandle: false);
        using (var stream = new FileStream(end, FileAccess.Write, bufferSize: 0))
        {
            for (var written = 0; written < Volume; written += _chunk.Length)
                stream.Write(_chunk);
        }
        pipe.Write.Dispose();
    }
}
