using System.Globalization;

namespace ContainerKit.Containers.Waiting;

/// <summary>Something listens inside: the kernel's table of sockets of the container's network says so, proc_pid_net(5). The image needs no program for it.</summary>
internal sealed record InsidePortWait(int Port, PortProtocol Protocol) : WaitStrategy
{
    internal override string Describe() => string.Create(CultureInfo.InvariantCulture, $"port {Port}{(Protocol == PortProtocol.Udp ? "/udp" : "")} inside");

    internal override Task<WaitOutcome> RunAsync(WaitContext context, WaitProgress progress, CancellationToken cancellationToken)
    {
        bool loopbackCounts = context.Container.Spec.Network is NetworkMode.Host or NetworkMode.None;
        return context.LookAsync(this, LookAsync, cancellationToken);

        async ValueTask<bool> LookAsync(CancellationToken token)
        {
            ContainerInfo info = await context.Container.InspectAsync(token).ConfigureAwait(false);
            if (info.ProcessId is not int pid)
            {
                progress.NotYet($"it is {info.Status.ToString().ToLowerInvariant()}");
                return false;
            }

            switch (SocketTable.Find(pid, Protocol, Port))
            {
                case SocketTable.Listener.Reachable:
                case SocketTable.Listener.Loopback when loopbackCounts:
                    return true;
                case SocketTable.Listener.Loopback:
                    progress.NotYet("its server listens on loopback inside, where nobody else reaches it: make it listen on 0.0.0.0");
                    return false;
                default:
                    progress.NotYet("nothing listens there");
                    return false;
            }
        }
    }
}
