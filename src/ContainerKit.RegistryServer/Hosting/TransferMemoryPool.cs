using System.Buffers;
using System.Collections.Concurrent;

namespace ContainerKit.RegistryServer.Hosting;

/// <summary>
/// Gives the connections of Kestrel blocks of 64 KiB. Its own have 4 KiB, which are two system calls and two changes of threads each: of a push that is most of
/// the time. There are large ones for as many connections as transfer something at once; thousands that trickle get what they would have got.
/// </summary>
/// <remarks>The blocks never move, so that the kernel can write into them without their being pinned each time.</remarks>
internal sealed class TransferMemoryPool : MemoryPool<byte>
{
    internal const int LargeSize = 64 * 1024;
    internal const int SmallSize = 4 * 1024;

    /// <summary>How many large blocks may be in use at once: 8 MiB.</summary>
    internal const int MostLarge = 128;

    /// <summary>What is kept for the next: 4 MiB and 1 MiB. The rest is for the garbage collector.</summary>
    private const int KeptLarge = 64;
    private const int KeptSmall = 256;

    private readonly ConcurrentQueue<Block> _large = new();
    private readonly ConcurrentQueue<Block> _small = new();
    private int _largeInUse;

    /// <summary>What Kestrel asks for; that it gets more is what this is about.</summary>
    public override int MaxBufferSize => SmallSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, SmallSize);
        bool isLarge = Interlocked.Increment(ref _largeInUse) <= MostLarge;
        if (!isLarge)
            Interlocked.Decrement(ref _largeInUse);
        if ((isLarge ? _large : _small).TryDequeue(out Block? kept))
        {
            kept.Take();
            return kept;
        }

        return new Block(this, GC.AllocateUninitializedArray<byte>(isLarge ? LargeSize : SmallSize, pinned: true));
    }

    /// <summary>Whoever made it disposes it, while others may use it: what they return is for the garbage collector at last.</summary>
    protected override void Dispose(bool disposing)
    {
        _large.Clear();
        _small.Clear();
    }

    private void Return(Block block)
    {
        bool isLarge = block.Memory.Length == LargeSize;
        if (isLarge)
            Interlocked.Decrement(ref _largeInUse);
        ConcurrentQueue<Block> kept = isLarge ? _large : _small;
        if (kept.Count < (isLarge ? KeptLarge : KeptSmall))
            kept.Enqueue(block);
    }

    private sealed class Block(TransferMemoryPool pool, byte[] array) : IMemoryOwner<byte>
    {
        private int _isRented = 1;

        public Memory<byte> Memory => array;

        internal void Take() => Volatile.Write(ref _isRented, 1);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isRented, 0) != 0)
                pool.Return(this);
        }
    }
}
