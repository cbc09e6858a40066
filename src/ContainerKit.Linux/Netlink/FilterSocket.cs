using ContainerKit.Linux.Handles;

namespace ContainerKit.Linux.Netlink;

/// <summary>Firewall rules and address translation of a network namespace, nf_tables over netlink; nft(8).</summary>
/// <remarks>Tables that were made as owned by this socket are removed by the kernel when it is closed, also by the end of this process.</remarks>
public sealed class FilterSocket : IDisposable
{
    private const ushort NewTable = 10 << 8;
    private const ushort GetTable = (10 << 8) | 1;

    private readonly NetlinkSocket _socket;

    private FilterSocket(NetlinkSocket socket) => _socket = socket;

    /// <summary>Opens one for the network namespace of the calling thread, which is this process's.</summary>
    /// <returns>The socket; the caller owns it.</returns>
    /// <exception cref="LinuxException">The kernel has no nfnetlink (EPROTONOSUPPORT), or too many files are open (EMFILE).</exception>
    public static FilterSocket Open() => new(NetlinkSocket.Open(NetlinkSocket.NetFilter));

    /// <summary>Takes over a netlink socket of protocol NETLINK_NETFILTER that was made in another network namespace.</summary>
    /// <param name="descriptor">Not bound yet; owned by the result from now on, and closed if this fails.</param>
    /// <returns>The socket; the caller owns it.</returns>
    /// <exception cref="LinuxException">It is no netlink socket, or bound already (EINVAL).</exception>
    public static FilterSocket Adopt(FileDescriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        return new(NetlinkSocket.Adopt(descriptor));
    }

    /// <summary>Does everything in a batch, or nothing.</summary>
    /// <param name="batch">Used once.</param>
    /// <exception cref="NetlinkException">What was refused first; nothing was changed.</exception>
    public void Execute(FilterBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        _socket.Exchange(batch.Finish(), sequence => sequence < batch.Requests.Count ? batch.Requests[(int)sequence] : "commit");
    }

    /// <summary>The names of the tables of a family.</summary>
    /// <param name="family">The family.</param>
    /// <returns>A snapshot.</returns>
    /// <exception cref="NetlinkException">The kernel refused (EPERM) or has no nf_tables (EINVAL).</exception>
    public IReadOnlyList<string> ListTables(FilterFamily family)
    {
        List<string> names = [];
        NetlinkWriter writer = new();
        writer.BeginMessage(GetTable, NetlinkSocket.Request | NetlinkSocket.Dump, 1);
        writer.Extend(4)[0] = (byte)family;
        writer.EndMessage();
        _socket.Exchange(writer.Written, static _ => "list tables", (in message) =>
        {
            if (message.Type != NewTable)
            {
                return;
            }

            NetlinkAttributes attributes = message.AttributesAfter(4);
            while (attributes.MoveNext())
            {
                if (attributes.Type == 1)
                {
                    names.Add(attributes.Text);
                }
            }
        });
        return names;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
