using System.IO.Pipelines;
using ContainerKit.RegistryServer.Health;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.RegistryServer.Blobs;

/// <summary>Sends parts of files: read straight into the buffers of the connection, in pieces that are large enough for few system calls.</summary>
internal static class BlobSender
{
    private const int PieceSize = 128 * 1024;

    internal static async Task SendAsync(SafeFileHandle file, ByteRange range, PipeWriter output, RegistryMetrics metrics, CancellationToken cancellationToken)
    {
        long position = range.Start, end = range.Start + range.Length;
        while (position < end)
        {
            Memory<byte> buffer = output.GetMemory((int)Math.Min(PieceSize, end - position));
            int count = RandomAccess.Read(file, buffer.Span[..(int)Math.Min(buffer.Length, end - position)], position);
            if (count == 0)
                throw new EndOfStreamException("A stored blob is shorter than it was.");
            output.Advance(count);
            position += count;
            metrics.BytesSent.Add(count);
            FlushResult flushed = await output.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (flushed.IsCompleted)
                return;
        }
    }
}
