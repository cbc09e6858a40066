using System.Buffers;
using System.IO.Pipelines;

namespace ContainerKit.DockerApi.Streams;

/// <summary>Copies what a client sends to the input of a container or a command.</summary>
internal static class InputPump
{
    /// <summary>Why the copy ended.</summary>
    internal enum End
    {
        /// <summary>The client closed its half.</summary>
        Closed,

        /// <summary>The client typed the keys that detach it.</summary>
        Detached,

        /// <summary>The other side takes nothing any more, or the copy was stopped.</summary>
        Stopped,
    }

    internal static async Task<End> RunAsync(PipeReader client, PipeWriter? input, DetachKeys? keys, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                ReadResult result = await client.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (result.IsCanceled)
                    return End.Stopped;
                bool goesOn = true;
                bool detached = false;
                if (input is not null && !result.Buffer.IsEmpty)
                {
                    detached = Copy(result.Buffer, input, keys);
                    FlushResult flushed = await input.FlushAsync(cancellationToken).ConfigureAwait(false);
                    goesOn = !flushed.IsCompleted;
                }

                client.AdvanceTo(result.Buffer.End);
                if (detached)
                    return End.Detached;
                if (result.IsCompleted)
                    return End.Closed;

                // Nobody reads it; the client may send more all the same, and would hang if nobody took it.
                if (!goesOn)
                    input = null;
            }
        }
        catch (IOException)
        {
            return End.Closed; // reset by the client
        }
        catch (OperationCanceledException)
        {
            return End.Stopped;
        }
    }

    private static bool Copy(ReadOnlySequence<byte> data, PipeWriter input, DetachKeys? keys)
    {
        foreach (ReadOnlyMemory<byte> segment in data)
        {
            if (keys is null)
            {
                input.Write(segment.Span);
                continue;
            }

            List<byte> passed = new(segment.Length);
            bool detached = keys.Filter(segment.Span, passed);
            input.Write(passed.ToArray());
            if (detached)
                return true;
        }

        return false;
    }
}
