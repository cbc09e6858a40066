using System.Net;

namespace ContainerKit.Testing;

/// <summary>
/// A known server: the image, the variables that it understands, when it is ready, and how a client reaches it. An immutable record: vary it by <c>with</c>, or by
/// <see cref="With"/> for what only the container knows.
/// </summary>
public abstract record ContainerModule
{
    /// <summary>Changes that were asked for, in order.</summary>
    private Func<ContainerSpec, ContainerSpec> _change = static spec => spec;

    /// <summary>A module of an image.</summary>
    /// <param name="image">The image that it is written for.</param>
    protected ContainerModule(string image) => Image = image;

    /// <summary>The image. Another tag, or a mirror's name, is fine as long as it keeps the published image's contract.</summary>
    public string Image { get; init; }

    /// <summary>The port of the container that clients connect to. It is published on a free port of this machine.</summary>
    public abstract int Port { get; }

    /// <summary>Changes the container: a network, limits, further variables, other files.</summary>
    /// <param name="change">Gets the spec, and returns another one.</param>
    public ContainerModule With(Func<ContainerSpec, ContainerSpec> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        Func<ContainerSpec, ContainerSpec> before = _change;
        return this with { _change = spec => change(before(spec)) };
    }

    /// <summary>The container as it is to be started.</summary>
    public ContainerSpec ToSpec() => _change(CreateSpec());

    /// <summary>What a client of this machine is given to connect.</summary>
    /// <param name="container">A running container of this module.</param>
    public string GetConnectionString(Container container)
    {
        ArgumentNullException.ThrowIfNull(container);
        IPEndPoint endpoint = container.GetHostEndpoint(Port);
        return GetConnectionString(endpoint.Address.ToString(), endpoint.Port);
    }

    /// <summary>What a client is given to connect to a host and port: another container uses the alias in their network, and <see cref="Port"/>.</summary>
    /// <param name="host">Name or address.</param>
    /// <param name="port">The port there.</param>
    public abstract string GetConnectionString(string host, int port);

    /// <summary>What <see cref="ToSpec"/> starts with.</summary>
    protected abstract ContainerSpec CreateSpec();

    /// <summary>True: the program can only be told what it needs when it runs, since it depends on the published port; see <see cref="CompleteAsync"/>.</summary>
    protected internal virtual bool IsCompletedLater => false;

    /// <summary>Called between the start and the wait.</summary>
    /// <param name="container">The container, which runs.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    protected internal virtual Task CompleteAsync(Container container, CancellationToken cancellationToken) => Task.CompletedTask;
}
