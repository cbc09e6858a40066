using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Sockets;

/// <summary>The empty pipes of a thread that relays: a direction has one only while bytes are in it.</summary>
internal sealed class RelayPipes
{
    /// <summary>What a user may ask for without privileges by default, /proc/sys/fs/pipe-max-size.</summary>
    internal const int PipeSize = 1 << 20;

    /// <summary>A user above /proc/sys/fs/pipe-user-pages-soft gets pipes of two pages: a buffer serves better than these.</summary>
    private const int SmallestUseful = 64 << 10;
    private const int MaxKept = 8;

    private readonly Stack<PipeEnds> _empty = new();
    private bool _isRefused;

    /// <summary>An empty pipe; null when there are no descriptors or no memory for one.</summary>
    internal PipeEnds? TryTake()
    {
        if (_empty.TryPop(out PipeEnds? pipe))
        {
            return pipe;
        }

        if (_isRefused)
        {
            return null;
        }

        try
        {
            pipe = PipeEnds.Create();
        }
        catch (LinuxException)
        {
            _isRefused = true;
            return null;
        }

        if (LibC.fcntl(pipe.Write, LibC.FSetPipeSize, PipeSize) < 0 && LibC.fcntl(pipe.Write, LibC.FGetPipeSize, 0) < SmallestUseful)
        {
            pipe.Dispose();
            _isRefused = true;
            return null;
        }

        return pipe;
    }

    /// <summary>Takes back what <see cref="TryTake"/> gave.</summary>
    internal void Return(PipeEnds pipe, bool isEmpty)
    {
        // There may be room for another one now.
        _isRefused = false;
        if (isEmpty && _empty.Count < MaxKept)
        {
            _empty.Push(pipe);
        }
        else
        {
            pipe.Dispose();
        }
    }
}
