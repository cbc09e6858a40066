using System.Collections.Concurrent;
using System.Net.Sockets;
using ContainerKit.Linux.Handles;
using ContainerKit.Linux.Interop;

namespace ContainerKit.Linux.Sockets;

/// <summary>Makes sockets that belong to other network namespaces than this process's. A socket stays where it was made, whoever uses it.</summary>
/// <remarks>
/// One thread makes them all: entering a namespace is a matter of a thread, and no thread of the pool may ever be in a foreign one. A socket
/// keeps its namespace alive until it is closed.
/// </remarks>
public sealed class NamespaceSockets : IDisposable
{
    private const int NetlinkFamily = 16;

    private readonly BlockingCollection<Action> _work = [];
    private readonly ISocketMaker _maker;
    private bool _isDisposed;

    internal NamespaceSockets(ISocketMaker maker)
    {
        _maker = maker;
        new Thread(Run, 256 * 1024) { IsBackground = true, Name = "ContainerKit sockets" }.Start();
    }

    /// <summary>For processes that may enter any network namespace: root (CAP_SYS_ADMIN).</summary>
    /// <returns>An object with a thread of its own; to be disposed.</returns>
    /// <exception cref="LinuxException">/proc is not mounted.</exception>
    public static NamespaceSockets Create() => new(new ThreadSocketMaker());

    /// <summary>Makes a socket of IP or of a protocol on top of it.</summary>
    /// <param name="network">The network namespace; stays owned by the caller.</param>
    /// <param name="family"><see cref="AddressFamily.InterNetwork"/> or <see cref="AddressFamily.InterNetworkV6"/>.</param>
    /// <param name="type"><see cref="SocketType.Stream"/> or <see cref="SocketType.Dgram"/>.</param>
    /// <param name="protocol">A number of IANA's: TCP, UDP, 132 for SCTP.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The socket, owned by the caller.</returns>
    /// <exception cref="LinuxException">The kernel lacks the protocol (EPROTONOSUPPORT), there are too many open files (EMFILE), or the namespace can't be entered (EPERM).</exception>
    /// <exception cref="ArgumentOutOfRangeException">Another family or type.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public async Task<Socket> OpenAsync(NamespaceFd network, AddressFamily family, SocketType type, ProtocolType protocol, CancellationToken cancellationToken = default)
    {
        (int kernelFamily, int kernelType) = Translate(family, type);
        int number = await MakeAsync(network, kernelFamily, kernelType, (int)protocol, cancellationToken).ConfigureAwait(false);
        return new Socket(new SafeSocketHandle(number, ownsHandle: true));
    }

    /// <summary>Makes a socket of this process's own network namespace, also of a protocol that .NET does not know.</summary>
    /// <param name="family"><see cref="AddressFamily.InterNetwork"/> or <see cref="AddressFamily.InterNetworkV6"/>.</param>
    /// <param name="type"><see cref="SocketType.Stream"/> or <see cref="SocketType.Dgram"/>.</param>
    /// <param name="protocol">A number of IANA's.</param>
    /// <returns>The socket, owned by the caller.</returns>
    /// <exception cref="LinuxException">The kernel lacks the protocol (EPROTONOSUPPORT), or there are too many open files (EMFILE).</exception>
    /// <exception cref="ArgumentOutOfRangeException">Another family or type.</exception>
    public static Socket OpenOwn(AddressFamily family, SocketType type, ProtocolType protocol)
    {
        (int kernelFamily, int kernelType) = Translate(family, type);
        int number = LinuxException.ThrowIfFailed(LibC.socket(kernelFamily, kernelType | LibC.SockCloExec, (int)protocol), "socket");
        return new Socket(new SafeSocketHandle(number, ownsHandle: true));
    }

    /// <summary>Makes a netlink socket, netlink(7), which acts on the namespace whoever holds it, as far as the holder may.</summary>
    /// <remarks>
    /// The kernel asks for both: the privileges of who opened the socket and those of who sends. The owner of a user namespace has all
    /// privileges in it from outside, so an ordinary user may configure the networks of a namespace of his own by such a socket.
    /// </remarks>
    /// <param name="network">The network namespace; stays owned by the caller.</param>
    /// <param name="protocol">NETLINK_ROUTE is 0, NETLINK_NETFILTER 12.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The descriptor, owned by the caller.</returns>
    /// <exception cref="LinuxException">There are too many open files (EMFILE), or the namespace can't be entered (EPERM).</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public async Task<FileDescriptor> OpenNetlinkAsync(NamespaceFd network, int protocol, CancellationToken cancellationToken = default)
        => new(await MakeAsync(network, NetlinkFamily, LibC.SockRaw, protocol, cancellationToken).ConfigureAwait(false), ownsDescriptor: true);

    /// <summary>Ends the thread; sockets that were made stay.</summary>
    public void Dispose()
    {
        lock (_work)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                _work.CompleteAdding();
            }
        }
    }

    private static (int Family, int Type) Translate(AddressFamily family, SocketType type)
    {
        int kernelFamily = family switch
        {
            AddressFamily.InterNetwork => 2,
            AddressFamily.InterNetworkV6 => 10,
            _ => throw new ArgumentOutOfRangeException(nameof(family), family, "InterNetwork or InterNetworkV6."),
        };
        int kernelType = type switch
        {
            SocketType.Stream => LibC.SockStream,
            SocketType.Dgram => LibC.SockDatagram,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Stream or Dgram."),
        };
        return (kernelFamily, kernelType);
    }

    private async Task<int> MakeAsync(NamespaceFd network, int family, int type, int protocol, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(network);
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource<int> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_work)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _work.Add(
                () =>
                {
                    try
                    {
                        completion.SetResult(_maker.Make(network, family, type, protocol));
                    }
#pragma warning disable CA1031 // handed to the caller
                    catch (Exception e)
#pragma warning restore CA1031
                    {
                        completion.SetException(e);
                    }
                },
                CancellationToken.None);
        }

        // Not abandoned at cancellation: the socket would have no owner. It is a matter of microseconds.
        return await completion.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            work();
        }

        _maker.Dispose();
        _work.Dispose();
    }
}
