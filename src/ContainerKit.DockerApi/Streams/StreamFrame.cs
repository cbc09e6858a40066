using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace ContainerKit.DockerApi.Streams;

/// <summary>Docker's frames: the stream's number, three zeros, the length in big-endian, and then the bytes.</summary>
internal static class StreamFrame
{
    internal const int HeaderSize = 8;

    internal const string RawType = "application/vnd.docker.raw-stream";

    internal const string MultiplexedType = "application/vnd.docker.multiplexed-stream";

    private const int MultiplexedTypeVersion = 42;

    /// <summary>Up to this a frame is written at once, so that it is sent at once.</summary>
    private const int LargestPiece = 64 * 1024;

    /// <summary>The type of a stream: before 1.42 it does not tell whether it has frames.</summary>
    internal static string TypeOf(Routing.ApiVersion version, bool hasTerminal) => !hasTerminal && version.IsAtLeast(MultiplexedTypeVersion) ? MultiplexedType : RawType;

    internal static byte Number(LogStream stream) => stream == LogStream.StandardError ? (byte)2 : (byte)1;

    internal static void WriteHeader(Span<byte> header, LogStream stream, int length)
    {
        header[..HeaderSize].Clear();
        header[0] = Number(stream);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], length);
    }

    /// <summary>Writes bytes as one frame, or, for a terminal, as they are. The caller flushes.</summary>
    internal static void Write(PipeWriter output, LogStream stream, ReadOnlySequence<byte> data, bool hasTerminal)
    {
        int header = hasTerminal ? 0 : HeaderSize;
        int length = checked((int)data.Length);
        bool isOnePiece = length <= LargestPiece;
        Span<byte> space = output.GetSpan(isOnePiece ? header + length : header);
        if (!hasTerminal)
            WriteHeader(space, stream, length);
        if (isOnePiece)
        {
            data.CopyTo(space[header..]);
            output.Advance(header + length);
            return;
        }

        output.Advance(header);
        foreach (ReadOnlyMemory<byte> segment in data)
            output.Write(segment.Span);
    }
}
