using System.Text;
using ContainerKit.Linux.Paths;

namespace ContainerKit.Containers.Files;

/// <summary>A path of this machine as <c>docker cp</c> understands it.</summary>
/// <param name="Full">Absolute, without a slash at its end.</param>
/// <param name="EndsWithSlash">True: a directory is meant, and a link is followed.</param>
/// <param name="IsContent">True: what the directory holds is meant (<c>/.</c>).</param>
internal sealed record HostPath(string Full, bool EndsWithSlash, bool IsContent)
{
    internal string Name => Path.GetFileName(Full);

    internal byte[] NameBytes => Encoding.UTF8.GetBytes(Name);

    internal string Parent => Path.GetDirectoryName(Full) ?? "/";

    internal static HostPath Parse(string path)
    {
        bool content = path == "." || path.EndsWith("/.", StringComparison.Ordinal);
        return new HostPath(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), content || path.EndsWith('/'), content);
    }

    /// <summary>The attributes; a link is followed only where a slash follows it. Null for nothing.</summary>
    internal FileStatus? TryGetStatus()
    {
        if (Full == "/" || EndsWithSlash)
        {
            if (!Directory.Exists(Full))
                return null;
            using RootedDirectory directory = RootedDirectory.Open(Full);
            return directory.GetStatus(default);
        }

        if (!Directory.Exists(Parent))
            return null;
        using RootedDirectory parent = RootedDirectory.Open(Parent);
        return parent.TryGetStatus(NameBytes);
    }
}
