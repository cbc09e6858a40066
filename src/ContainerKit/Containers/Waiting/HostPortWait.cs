using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ContainerKit.Containers.Waiting;

/// <summary>This machine can connect to a published port.</summary>
/// <param name="Port">The container's port.</param>
/// <param name="WhenPublished">True: a port that is not published is fine.</param>
internal sealed record HostPortWait(int Port, bool WhenPublished) : WaitStrategy
{
    internal override string Describe() => string.Create(CultureInfo.InvariantCulture, $"port {Port} from this machine");

    internal override async Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken)
    {
        ContainerInfo info = await context.Container.InspectAsync(cancellationToken).ConfigureAwait(false);
        if (!info.Ports.Any(published => published.ContainerPort == Port && published.Protocol == PortProtocol.Tcp) && info.Status == ContainerStatus.Running)
        {
            return WhenPublished
                ? WaitOutcome.Ready
                : new WaitOutcome(WaitOutcomeKind.Failed, string.Create(CultureInfo.InvariantCulture, $"{this}, which is not published: add WithPort({Port}) to the spec"));
        }

        return await context.LookAsync(this, LookAsync, cancellationToken).ConfigureAwait(false);

        async ValueTask<bool> LookAsync(CancellationToken token)
        {
            try
            {
                IPEndPoint endpoint = context.Container.GetHostEndpoint(Port);
                using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(endpoint, token).ConfigureAwait(false);
                return true;
            }
            catch (Exception e) when (e is SocketException or InvalidStateException)
            {
                progress.NotYet(e.Message, e);
                return false;
            }
        }
    }
}
