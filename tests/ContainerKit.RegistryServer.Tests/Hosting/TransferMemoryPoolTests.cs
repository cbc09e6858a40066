using System.Buffers;
using ContainerKit.RegistryServer.Hosting;
using Xunit;

namespace ContainerKit.RegistryServer.Tests.Hosting;

public sealed class TransferMemoryPoolTests
{
    [Fact]
    public void Blocks_are_large_for_some_and_small_for_the_rest_and_each_is_given_to_one_at_a_time()
    {
        using var pool = new TransferMemoryPool();
        List<IMemoryOwner<byte>> rented = [.. Enumerable.Range(0, TransferMemoryPool.MostLarge + 10).Select(_ => pool.Rent())];
        Assert.Equal(
            [.. Enumerable.Repeat(TransferMemoryPool.LargeSize, TransferMemoryPool.MostLarge), .. Enumerable.Repeat(TransferMemoryPool.SmallSize, 10)],
            rented.Select(block => block.Memory.Length));
        Assert.Equal(rented.Count, rented.Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(pool.MaxBufferSize + 1));

        // Returned twice, it comes back once.
        rented[0].Dispose();
        rented[0].Dispose();
        IMemoryOwner<byte> again = pool.Rent(), other = pool.Rent();
        Assert.Equal((TransferMemoryPool.LargeSize, TransferMemoryPool.SmallSize), (again.Memory.Length, other.Memory.Length));
        Assert.NotSame(again, other);
    }
}
