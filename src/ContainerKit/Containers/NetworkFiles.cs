using System.Text;

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

    private const UnixFileMode WorldReadable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Writes all three, when the container is created; what the container changes in them it finds again at its next start.
    /// </summary>
    internal static void Write(ContainerConfig config, string directory)
    {
        bool host = config.Spec.Network == NetworkMode.Host;
        Write(ContainerPaths.Hostname(directory), Encoding.UTF8.GetBytes(config.Hostname + "\n"));

        // As Docker does: on the host's network the host's names hold, and resolvers are the host's in either case.
        Write(ContainerPaths.Hosts(directory), host ? ReadHostFile("/etc/hosts") : Encoding.UTF8.GetBytes(LoopbackHosts));
        Write(ContainerPaths.ResolvConf(directory), ReadHostFile("/etc/resolv.conf"));
    }

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

    private static void Write(string path, byte[] content)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, content, 0);

        // Whatever the process's umask is: an unprivileged user of the container reads these.
        File.SetUnixFileMode(file, WorldReadable);
    }
}
