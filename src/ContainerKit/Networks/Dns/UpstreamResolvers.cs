using System.Net;
using System.Net.Sockets;

namespace ContainerKit.Networks.Dns;

/// <summary>The servers that know other names: those of the host, or those given for a container.</summary>
internal sealed class UpstreamResolvers
{
    private const int Port = 53;

    private readonly HostResolvers _host;
    private readonly IReadOnlyList<IPEndPoint>? _given;
    private readonly TimeProvider _time;

    /// <summary>Describes whom to ask.</summary>
    /// <param name="host">Whose settings hold.</param>
    /// <param name="given">Servers that are asked instead of the host's; null for the host's.</param>
    /// <param name="sockets">From where they are asked; null for the host's network, where a resolver on its loopback is reachable.</param>
    /// <param name="time">Measures how long a server is waited for.</param>
    internal UpstreamResolvers(HostResolvers host, IReadOnlyList<IPEndPoint>? given = null, IUpstreamSockets? sockets = null, TimeProvider? time = null)
    {
        _host = host;
        _given = given;
        Sockets = sockets ?? new HostUpstreamSockets();
        _time = time ?? TimeProvider.System;
    }

    private IUpstreamSockets Sockets { get; }

    /// <summary>Asks until somebody answers.</summary>
    /// <param name="query">The message, as it came; its number is replaced.</param>
    /// <param name="question">Where the question ends in it.</param>
    /// <param name="answer">Gets the answer, with the query's number.</param>
    /// <param name="protocol">UDP or TCP: as it came, so a sender who asks again by TCP gets the whole of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer's length; 0 when nobody gave one.</returns>
    internal async Task<int> AskAsync(Memory<byte> query, int question, Memory<byte> answer, ProtocolType protocol, CancellationToken cancellationToken)
    {
        ResolverConfiguration configuration = _host.Current;
        IReadOnlyList<IPEndPoint> servers = _given ?? List(configuration);
        int length = 0;
        for (int attempt = 0; attempt < configuration.Attempts; attempt++)
        {
            bool isSomebodySilent = false;
            foreach (IPEndPoint server in servers)
            {
                using CancellationTokenSource timeout = new(configuration.Timeout, _time);
                using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
                try
                {
                    UpstreamExchange exchange = new(Sockets, server, query, question);
                    length = protocol == ProtocolType.Tcp
                        ? await exchange.AskByStreamAsync(answer, linked.Token).ConfigureAwait(false)
                        : await exchange.AskByDatagramAsync(answer, linked.Token).ConfigureAwait(false);
                    if (!exchange.IsRefusal)
                    {
                        return length;
                    }
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    isSomebodySilent = true;
                }
                catch (Exception e) when (e is SocketException or IOException)
                {
                    isSomebodySilent = true;
                }
            }

            if (!isSomebodySilent)
            {
                break; // all have answered that they can't: they would again
            }
        }

        return length;
    }

    /// <summary>A host without servers has one of its own, resolv.conf(5).</summary>
    private static IReadOnlyList<IPEndPoint> List(ResolverConfiguration configuration)
        => configuration.Servers.IsEmpty ? [new IPEndPoint(IPAddress.Loopback, Port)] : [.. configuration.Servers.Select(server => new IPEndPoint(server, Port))];
}
