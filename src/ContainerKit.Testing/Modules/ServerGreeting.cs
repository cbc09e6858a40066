using System.Net.Sockets;

namespace ContainerKit.Testing;

/// <summary>
/// Asks a server over its published port whether it serves, in a few bytes of its own protocol: that takes a millisecond, where a command in the container takes
/// many. A port that is open is not enough: databases open it before they have recovered.
/// </summary>
internal static class ServerGreeting
{
    /// <summary>A wait that connects, sends a request, and looks at the first bytes of the answer.</summary>
    /// <param name="port">The container's port.</param>
    /// <param name="request">What is sent; empty when the server speaks first.</param>
    /// <param name="length">How many bytes of the answer are needed, unless it ends before.</param>
    /// <param name="isReady">Whether the answer is that of a server that serves.</param>
    /// <param name="description">For messages.</param>
    internal static WaitStrategy Wait(int port, byte[] request, int length, Func<ReadOnlyMemory<byte>, bool> isReady, string description)
        => ContainerKit.Wait.For((container, token) => AskAsync(container, port, request, length, isReady, token), description);

    private static async Task<bool> AskAsync(Container container, int port, byte[] request, int length, Func<ReadOnlyMemory<byte>, bool> isReady, CancellationToken cancellationToken)
    {
        var endpoint = container.GetHostEndpoint(port);
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
        if (request.Length > 0)
            await socket.SendAsync(request, cancellationToken).ConfigureAwait(false);
        byte[] answer = new byte[length];
        int count = 0;
        while (count < length && await socket.ReceiveAsync(answer.AsMemory(count), cancellationToken).ConfigureAwait(false) is int read and > 0)
            count += read;
        return count > 0 && isReady(answer.AsMemory(0, count));
    }
}
