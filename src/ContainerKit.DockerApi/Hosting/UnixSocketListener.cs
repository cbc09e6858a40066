using System.Globalization;
using System.Net.Sockets;
using System.Text;
using ContainerKit.Linux.Paths;

namespace ContainerKit.DockerApi.Hosting;

/// <summary>
/// Makes listening UNIX sockets. The socket is bound in a directory that only this user can enter, gets its mode and group there, and then is renamed
/// to its place: at no moment somebody else can connect, whatever the umask is.
/// </summary>
internal static class UnixSocketListener
{
    private const int Backlog = 512;

    internal static Socket Listen(string path, UnixFileMode mode, string? group)
    {
        string directory = Path.GetDirectoryName(path)!;
        RemoveStale(path);
        string privateDirectory = Path.Combine(directory, $".ck-{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8]}");
        Directory.CreateDirectory(privateDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string bound = Path.Combine(privateDirectory, "s");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(bound));
            if (group is not null)
                SetGroup(privateDirectory, "s"u8, FindGroup(group));
            File.SetUnixFileMode(bound, mode);
            socket.Listen(Backlog);
            File.Move(bound, path, overwrite: true);
            return socket;
        }
        catch
        {
            socket.Dispose();
            File.Delete(bound);
            throw;
        }
        finally
        {
            Directory.Delete(privateDirectory);
        }
    }

    /// <summary>A socket that nobody listens at was left by a server that was killed; anything else is not ours to remove.</summary>
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
            return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            return;
        }
        catch (SocketException e)
        {
            throw new IOException($"Can't listen at {path}: the file exists and is no socket that was left behind ({e.Message}).", e);
        }

        throw new IOException($"Can't listen at {path}: another server does. Stop it, or choose another path.");
    }

    // connect(2) says ECONNREFUSED for a regular file as well.
    private static bool IsSocket(string path)
    {
        using RootedDirectory directory = RootedDirectory.Open(Path.GetDirectoryName(path)!);
        return directory.GetStatus(Encoding.UTF8.GetBytes(Path.GetFileName(path))).Type == FileType.Socket;
    }

    private static void SetGroup(string directory, ReadOnlySpan<byte> name, uint group)
    {
        using RootedDirectory opened = RootedDirectory.Open(directory);
        opened.SetOwner(name, opened.GetStatus(name).UserId, group);
    }

    private static uint FindGroup(string group)
    {
        if (uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
            return number;

        // group(5): name:password:id:members
        foreach (string line in File.ReadLines("/etc/group"))
        {
            if (line.Split(':') is [{ } name, _, { } id, ..] && name == group && uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out uint found))
                return found;
        }

        throw new ArgumentException($"There is no group '{group}' on this machine. Make it, or give another group or a number.");
    }
}
