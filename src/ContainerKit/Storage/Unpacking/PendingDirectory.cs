using System.Text;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Storage.Unpacking;

/// <summary>
/// What is still to be done to a directory of the layer and to what it holds, at its real place (links resolved). Directories get their
/// mode and time at the end: entries made in them later would need the first and change the second.
/// </summary>
internal sealed class PendingDirectory
{
    private Dictionary<string, PendingDirectory>? _directories;
    private Dictionary<string, OwnershipChange>? _files;

    /// <summary>The directory's own entry; null while there was none and defaults hold.</summary>
    public TarEntry? Entry { get; set; }

    /// <summary>Directories in it, by name.</summary>
    public IEnumerable<KeyValuePair<string, PendingDirectory>> Directories => _directories ?? [];

    /// <summary>Owners to set of other files in it.</summary>
    public IEnumerable<OwnershipChange> Files => _files?.Values.AsEnumerable() ?? [];

    /// <summary>The directory of that name, which is noted when it was not known.</summary>
    public PendingDirectory Open(byte[] name)
    {
        _directories ??= new(StringComparer.Ordinal);
        string key = KeyOf(name);
        if (!_directories.TryGetValue(key, out PendingDirectory? directory))
        {
            _directories.Add(key, directory = new PendingDirectory());
        }
        return directory;
    }

    /// <summary>Notes a change of a file; replaces one of the same name.</summary>
    public void Set(byte[] name, OwnershipChange change) => (_files ??= new(StringComparer.Ordinal))[KeyOf(name)] = change;

    /// <summary>The change that is noted for a file, or null.</summary>
    public OwnershipChange? Find(byte[] name) => _files?.GetValueOrDefault(KeyOf(name));

    /// <summary>Forgets an entry that was removed, with everything below it.</summary>
    public void Forget(byte[] name)
    {
        string key = KeyOf(name);
        _directories?.Remove(key);
        _files?.Remove(key);
    }

    /// <summary>The name that <see cref="Directories"/> has as key.</summary>
    public static byte[] NameOf(string key) => Encoding.Latin1.GetBytes(key);

    /// <summary>Latin-1 maps every byte to one character, so that names that are not UTF-8 stay apart.</summary>
    private static string KeyOf(byte[] name) => Encoding.Latin1.GetString(name);
}
