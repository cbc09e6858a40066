using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;

namespace ContainerKit.RegistryServer.Hosting;

/// <summary>Gives all of Kestrel one pool, so that what one connection has returned serves the next.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The pool is the process's; what it holds is memory of the garbage collector.")]
internal sealed class TransferMemoryPoolFactory : IMemoryPoolFactory<byte>, IDisposable
{
    private readonly TransferMemoryPool _pool = new();

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => _pool;

    public void Dispose() => _pool.Dispose();
}
