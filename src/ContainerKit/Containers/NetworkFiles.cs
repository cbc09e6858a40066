using System.Text;
using ContainerKit.Runtime;

namespace ContainerKit.Containers;

/// <summary>The generated files that are bound over /etc/hosts, /etc/hostname and /etc/resolv.conf.</summary>
internal static class NetworkFiles
{
    private const string LoopbackHosts =
        "127.0.0.1\tlocalhost\n" +
        "::1\tlocalhost ip6-localhost ip6-loopback\n" +
        "fe00::\tip6-localnet\n" +
        "ff00::\tip6-mcastprefix\n" +
        "ff02::1\tip6-allnodes\n" +
        "ff02::2\tip6-allrouters\n";

    /// <summary>All three, made anew for each start. As in Docker, the names of the host hold on the host's network, and its resolvers in either case.</summary>
    internal static RuntimeFile[] Create(ContainerSpec spec, string hostname, bool hostNetwork) =>
    [
        new("/etc/resolv.conf", ReadHostFile("/etc/resolv.conf"), spec.ReadOnlyRoot),
        new("/etc/hostname", Encoding.UTF8.GetBytes(hostname + "\n"), spec.ReadOnlyRoot),
        new("/etc/hosts", hostNetwork ? ReadHostFile("/etc/hosts") : Encoding.UTF8.GetBytes(LoopbackHosts), spec.ReadOnlyRoot),
    ];

    private static byte[] ReadHostFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
