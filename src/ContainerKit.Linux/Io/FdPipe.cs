using System.IO.Pipelines;
using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Io;

/// <summary>Reads and writes pipes, sockets and terminals asynchronously: no thread per stream, no memory for an idle one.</summary>
/// <remarks>
/// Descriptors become non-blocking (O_NONBLOCK on the open file description, which everyone shares who inherited or duplicated it: don't pass
/// the standard streams of this process). At most one reader and one writer per descriptor number; <see cref="FileDescriptor.Duplicate"/>
/// gives a bidirectional descriptor a second number.
/// </remarks>
public static class FdPipe
{
    /// <summary>A reader of a descriptor.</summary>
    /// <remarks>
    /// <para>Reading is driven by the consumer: <see cref="PipeReader.ReadAsync"/> reads what is there and waits when there is nothing. End
    /// of file, and EIO of a pty master whose terminal nobody has open, complete the reader.</para>
    /// <para><see cref="PipeReader.Complete"/> closes the descriptor, also from another thread: a read that waits ends then with a result
    /// that is cancelled, completed and empty.</para>
    /// </remarks>
    /// <param name="descriptor">Open for reading. Owned by the reader from now on, unless <see cref="FdPipeOptions.LeaveOpen"/>.</param>
    /// <param name="options">Null for <see cref="FdPipeOptions.Default"/>.</param>
    /// <returns>The reader; its reads throw <see cref="LinuxException"/> where read(2) fails.</returns>
    /// <exception cref="LinuxException">The descriptor is not open.</exception>
    public static PipeReader OpenReader(FileDescriptor descriptor, FdPipeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        options ??= FdPipeOptions.Default;
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PauseThreshold, 1, nameof(options));
        descriptor.SetNonBlocking();
        return new FdPipeReader(Reactor.Shared, descriptor, options);
    }

    /// <summary>A writer to a descriptor.</summary>
    /// <remarks>
    /// <para>A flush ends when the kernel has taken everything: that is the back-pressure. When the other side is gone (EPIPE, EIO of a pty) the
    /// bytes are dropped and results say <see cref="FlushResult.IsCompleted"/>. Cancelling ends the wait, not the bytes: what is
    /// not written is written by the next flush.</para>
    /// <para><see cref="PipeWriter.CompleteAsync"/> flushes and closes the descriptor, which the other side reads as end of file.
    /// <see cref="PipeWriter.Complete"/> does it in the background where it would have to wait, and can't report an error then. Completing
    /// with an exception, or while a flush waits, closes at once; that flush ends cancelled and completed.</para>
    /// </remarks>
    /// <param name="descriptor">Open for writing. Owned by the writer from now on, unless <see cref="FdPipeOptions.LeaveOpen"/>.</param>
    /// <param name="options">Null for <see cref="FdPipeOptions.Default"/>.</param>
    /// <returns>The writer; its flushes throw <see cref="LinuxException"/> where write(2) fails for another reason.</returns>
    /// <exception cref="LinuxException">The descriptor is not open.</exception>
    public static PipeWriter OpenWriter(FileDescriptor descriptor, FdPipeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        descriptor.SetNonBlocking();
        return new FdPipeWriter(Reactor.Shared, descriptor, options ?? FdPipeOptions.Default);
    }
}
