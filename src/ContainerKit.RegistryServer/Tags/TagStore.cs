using System.Text;
using ContainerKit.Oci;
using ContainerKit.RegistryServer.Routing;
using ContainerKit.RegistryServer.Storage;

namespace ContainerKit.RegistryServer.Tags;

/// <summary>The tags of repositories: a file each, with the digest.</summary>
internal sealed class TagStore(RegistryPaths paths, StagedFile staged)
{
    /// <summary>The order of lists: by letters whatever their case ("Listing Tags"), and those that differ by case only have an order, too.</summary>
    internal static Comparer<string> Order { get; } = Comparer<string>.Create((left, right)
        => string.Compare(left, right, StringComparison.OrdinalIgnoreCase) is not 0 and { } order ? order : string.CompareOrdinal(left, right));

    internal Digest? Find(string repository, string tag)
        => StagedFile.Read(paths.Tag(repository, tag)) is { } text && Digest.TryParse(Encoding.ASCII.GetString(text), out Digest digest) ? digest : null;

    /// <summary>When the tag was written; null where there is none.</summary>
    internal DateTimeOffset? FindTime(string repository, string tag)
        => new FileInfo(paths.Tag(repository, tag)) is { Exists: true } file ? new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero) : null;

    /// <summary>Writes the tag. When it returns, it and what was stored before are on the disk.</summary>
    internal void Set(string repository, string tag, Digest digest) => staged.Write(paths.Tag(repository, tag), Encoding.ASCII.GetBytes(digest.ToString()), settle: true);

    /// <summary>What was found again: the time says when.</summary>
    internal void Touch(string repository, string tag, DateTimeOffset time) => File.SetLastWriteTimeUtc(paths.Tag(repository, tag), time.UtcDateTime);

    internal bool Remove(string repository, string tag)
    {
        string path = paths.Tag(repository, tag);
        if (!File.Exists(path))
            return false;
        File.Delete(path);
        return true;
    }

    internal void RemoveAll(string repository, Digest digest)
    {
        foreach (string tag in Read(repository))
        {
            if (Find(repository, tag) == digest)
                Remove(repository, tag);
        }
    }

    /// <summary>All tags, in no order.</summary>
    internal IEnumerable<string> Read(string repository) => StoredDirectory.ReadFiles(paths.Tags(repository)).Select(file => Path.GetFileName(file)).Where(RegistryGrammar.IsTag);
}
