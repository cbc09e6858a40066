using System.Text;

namespace ContainerKit.Containers.Files;

/// <summary>A path inside a container as <c>docker cp</c> understands it.</summary>
/// <param name="Directory">The path of the directory, without slashes at its ends; empty for the root.</param>
/// <param name="Name">The last name; empty for the root.</param>
/// <param name="EndsWithSlash">True: a directory is meant, and a link is followed.</param>
/// <param name="IsContent">True: what the directory holds is meant (<c>/.</c>).</param>
internal sealed record ContainerPath(string Directory, string Name, bool EndsWithSlash, bool IsContent)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal string Full => Name.Length == 0 ? "/" : Directory.Length == 0 ? "/" + Name : $"/{Directory}/{Name}";

    internal byte[] FullBytes => Encode(Full);

    internal byte[] DirectoryBytes => Encode("/" + Directory);

    internal byte[] NameBytes => Encode(Name);

    /// <exception cref="ArgumentException">It is empty, too long, or has characters that no file name can have.</exception>
    internal static ContainerPath Parse(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(path) >= Linux.Paths.FileName.MaxPathLength)
            throw new ArgumentException($"'{path.Split('\0')[0]}' is not allowed as a path: it is too long or holds a zero character.", nameof(path));

        // ".." by name, as Docker cleans paths: a link before it does not count.
        List<string> components = [];
        foreach (string component in path.Split('/'))
        {
            if (component == "..")
                components.RemoveRange(Math.Max(0, components.Count - 1), Math.Min(1, components.Count));
            else if (component is not ("" or "."))
                components.Add(component);
        }

        bool content = path == "." || path.EndsWith("/.", StringComparison.Ordinal);
        string directory = string.Join('/', components.SkipLast(1));
        return new ContainerPath(directory, components.LastOrDefault() ?? "", EndsWithSlash: content || path.EndsWith('/'), content);
    }

    /// <summary>What a link at this path points to.</summary>
    internal ContainerPath Follow(string target) => Parse(target.StartsWith('/') ? target : $"/{Directory}/{target}");

    private static byte[] Encode(string text) => Strict.GetBytes(text);
}
