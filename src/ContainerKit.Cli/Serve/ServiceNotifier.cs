using System.Net.Sockets;
using System.Text;

namespace ContainerKit.Cli.Serve;

/// <summary>Tells a service manager how we are (sd_notify(3)); without one it does nothing.</summary>
/// <param name="address">What is in <c>NOTIFY_SOCKET</c>: a path, or with <c>@</c> an abstract name; null without a service manager.</param>
internal sealed class ServiceNotifier(string? address)
{
    public const string Ready = "READY=1";

    public const string Stopping = "STOPPING=1";

    /// <summary>Sends lines of <c>NAME=value</c>.</summary>
    /// <returns>False: nobody takes them. It is no reason to end: whoever waits for them decides about that.</returns>
    public async ValueTask<bool> SendAsync(CancellationToken cancellationToken, params IEnumerable<string> lines)
    {
        if (address is not ['/' or '@', _, ..])
            return true;
        var target = new UnixDomainSocketEndPoint(address[0] == '@' ? "\0" + address[1..] : address);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            await socket.SendToAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)), SocketFlags.None, target, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
