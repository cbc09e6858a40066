namespace ContainerKit.RegistryServer.Access;

/// <summary>
/// Users and the bcrypt hashes of their passwords, as <c>htpasswd -B</c> writes them; read again when the file changes. Other kinds of hashes are too weak
/// to be taken.
/// </summary>
internal sealed class HtpasswdFile
{
    private const long MaxSize = 16 << 20;

    private readonly string _path;
    private readonly Lock _lock = new();
    private Dictionary<string, string> _users;
    private (DateTime Time, long Size) _version;

    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="FormatException">A line is not what it should be.</exception>
    internal HtpasswdFile(string path)
    {
        _path = path;
        _version = VersionOf(path);
        _users = Read(path);
    }

    /// <summary>The hash of a user's password; null where there is no such user.</summary>
    internal string? Find(string user)
    {
        lock (_lock)
        {
            try
            {
                (DateTime Time, long Size) version = VersionOf(_path);
                if (version != _version)
                    (_users, _version) = (Read(_path), version);
            }
            catch (Exception e) when (e is IOException or FormatException or UnauthorizedAccessException)
            {
                // While it is being written: those who were known stay so until it can be read.
            }

            return _users.GetValueOrDefault(user);
        }
    }

    private static (DateTime Time, long Size) VersionOf(string path) => new FileInfo(path) is { Exists: true } file
        ? (file.LastWriteTimeUtc, file.Length)
        : throw new FileNotFoundException($"There is no file of users {path}. Make it by: htpasswd -B -c {path} NAME");

    private static Dictionary<string, string> Read(string path)
    {
        if (new FileInfo(path).Length > MaxSize)
            throw new FormatException($"{path} is larger than {MaxSize} bytes.");
        Dictionary<string, string> users = new(StringComparer.Ordinal);
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            string text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
                continue;
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || text[(colon + 1)..] is not ['$', '2', 'a' or 'b' or 'y', '$', ..] || text.Length - colon - 1 != 60)
                throw new FormatException($"{path}, line {number}: NAME:HASH with a bcrypt hash ($2y$…) is expected. Make it by: htpasswd -B {path} NAME");
            users[text[..colon]] = text[(colon + 1)..];
        }

        return users;
    }
}
