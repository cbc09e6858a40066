using System.Collections.Immutable;
using System.Net;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Networks.Addresses;

/// <summary>An address in use: a file of its name in the network's directory, which says by whom.</summary>
/// <param name="Address">The address.</param>
/// <param name="Session">The engine that took it.</param>
/// <param name="ContainerId">The container that has it.</param>
/// <param name="IsDetached">True: the container may outlive the engine.</param>
internal sealed record AddressLease(IPAddress Address, string Session, string ContainerId, bool IsDetached)
{
    private const int Longest = 64 * 1024;

    /// <summary>What the container is called in the network, in lower case, for other engines' name servers; the first one is its own.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Takes the address; false when somebody has it. No two processes get it: the file is made, or is there.</summary>
    /// <exception cref="DirectoryNotFoundException">The network was removed.</exception>
    internal bool TryTake(string directory)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(PathIn(directory), FileMode.CreateNew, FileAccess.Write);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(ToText()), 0);
            return true;
        }
        catch (IOException e) when (e is not DirectoryNotFoundException && File.Exists(PathIn(directory)))
        {
            return false;
        }
    }

    /// <summary>Changes the lease: of a container that is taken over it becomes this engine's, of one that is renamed it gets the other names.</summary>
    internal void Rewrite(string directory)
    {
        string path = PathIn(directory);
        File.WriteAllText(path + ".new", ToText());
        File.Move(path + ".new", path, overwrite: true);
    }

    internal void Release(string directory) => File.Delete(PathIn(directory));

    /// <summary>All leases of a network; one that can't be read has no holder: whoever wrote it did not get to its end.</summary>
    internal static IEnumerable<AddressLease> ReadAll(string directory)
    {
        if (!Directory.Exists(directory))
            yield break;
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            if (IPAddress.TryParse(Path.GetFileName(path), out IPAddress? address))
                yield return Read(path, address) ?? new AddressLease(address, "", "", false);
        }
    }

    internal static AddressLease? Read(string directory, string address)
        => IPAddress.TryParse(address, out IPAddress? parsed) ? Read(Path.Combine(directory, address), parsed) : null;

    private static AddressLease? Read(string path, IPAddress address)
    {
        string text;
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            byte[] bytes = new byte[Math.Min(RandomAccess.GetLength(file), Longest)];
            text = Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, 0));
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        // The last line is empty unless the writer did not get to its end.
        string[] lines = text.Split('\n');
        return lines.Length > 1 && lines[^1].Length == 0 && lines[0].Split(' ') is [var session, var container, "0" or "1"]
            ? new AddressLease(address, session, container, lines[0][^1] == '1') { Names = [.. lines[1..^1]] }
            : null;
    }

    private string ToText() => $"{Session} {ContainerId} {(IsDetached ? 1 : 0)}\n" + string.Concat(Names.Select(name => name + "\n"));

    private string PathIn(string directory) => $"{directory}/{Address}";
}
