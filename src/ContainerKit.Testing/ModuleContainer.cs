using System.Net;

namespace ContainerKit.Testing;

/// <summary>A running container of a module. Disposing stops and removes it.</summary>
public sealed class ModuleContainer : IAsyncDisposable
{
    internal ModuleContainer(ContainerModule module, Container container) => (Module, Container) = (module, container);

    /// <summary>What it is.</summary>
    public ContainerModule Module { get; }

    /// <summary>The container.</summary>
    public Container Container { get; }

    /// <summary>What a client of this machine is given to connect.</summary>
    public string ConnectionString => Module.GetConnectionString(Container);

    /// <summary>The address and port of this machine that lead to <see cref="ContainerModule.Port"/>.</summary>
    public IPEndPoint Endpoint => Container.GetHostEndpoint(Module.Port);

    /// <summary>Stops and removes the container.</summary>
    public ValueTask DisposeAsync() => Container.DisposeAsync();
}
