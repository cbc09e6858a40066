using System.Text;

namespace ContainerKit;

/// <summary>Something that commands of a build may see, and nobody else: it is in no layer, no history, no cache and no message.</summary>
public sealed class BuildSecret
{
    private readonly Func<byte[]> _read;

    private BuildSecret(Func<byte[]> read) => _read = read;

    /// <summary>A secret in memory.</summary>
    /// <param name="value">Its text, stored as UTF-8.</param>
    public static BuildSecret FromText(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new BuildSecret(() => Encoding.UTF8.GetBytes(value));
    }

    /// <summary>A file, read when a command needs it.</summary>
    /// <param name="path">The file, at most 500 KiB.</param>
    public static BuildSecret FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        return new BuildSecret(() => ReadFile(full));
    }

    /// <summary>A variable of this process, read when a command needs it.</summary>
    /// <param name="name">Its name.</param>
    public static BuildSecret FromEnvironment(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new BuildSecret(() => Encoding.UTF8.GetBytes(
            Environment.GetEnvironmentVariable(name) ?? throw new NotFoundException($"The variable {name}, which is to be a secret of the build, is not set.")));
    }

    /// <summary>Never the secret.</summary>
    public override string ToString() => "(secret)";

    internal byte[] Read() => _read();

    private static byte[] ReadFile(string path)
    {
        const long maxSize = 500 << 10;
        try
        {
            return new FileInfo(path).Length <= maxSize ? File.ReadAllBytes(path) : throw new InvalidContentException($"The secret {path} is larger than {maxSize >> 10} KiB.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NotFoundException($"There is no file {path}, which is to be a secret of the build.", e);
        }
    }
}
