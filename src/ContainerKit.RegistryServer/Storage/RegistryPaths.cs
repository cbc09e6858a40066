using System.Security.Cryptography;
using System.Text;
using ContainerKit.Oci;

namespace ContainerKit.RegistryServer.Storage;

/// <summary>
/// Where everything is below the storage directory:
/// <code>
/// blobs/sha256/ab/abcd…                     content, once for all repositories
/// repositories/NAME/_blobs/sha256/abcd…     the repository has the blob; the time of the file is that of its lease
/// repositories/NAME/_manifests/sha256/abcd… it has the manifest; the file has its media type
/// repositories/NAME/_tags/latest            digest and media type
/// repositories/NAME/_referrers/sha256/abcd…/sha256-ef01…   who speaks about the manifest abcd…
/// uploads/ID-HASH                           what has come of an upload; the hash is that of the repository's name
/// staging/                                  small files before they are renamed to their places
/// lock, turnstile                           see StoreLock
/// </code>
/// Components of names never begin with an underscore, so repositories can be inside of each other.
/// </summary>
internal sealed class RegistryPaths
{
    internal const string BlobsPart = "_blobs";
    internal const string ManifestsPart = "_manifests";
    internal const string TagsPart = "_tags";
    internal const string ReferrersPart = "_referrers";

    internal RegistryPaths(string root)
    {
        Root = Path.GetFullPath(root);
        Blobs = Path.Combine(Root, "blobs");
        Repositories = Path.Combine(Root, "repositories");
        Uploads = Path.Combine(Root, "uploads");
        Staging = Path.Combine(Root, "staging");
    }

    internal string Root { get; }

    internal string Blobs { get; }

    internal string Repositories { get; }

    internal string Uploads { get; }

    internal string Staging { get; }

    /// <summary>Makes the directories, for this user alone: who can write there owns what clients trust.</summary>
    internal void Create()
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (string directory in (string[])[Root, Blobs, Repositories, Uploads, Staging])
            Directory.CreateDirectory(directory, mode);
    }

    internal string Blob(Digest digest) => Path.Combine(Blobs, digest.Algorithm, digest.Hex[..2], digest.Hex);

    internal string Repository(string name) => Path.Combine(Repositories, name);

    internal string BlobLink(string name, Digest digest) => Path.Combine(Repositories, name, BlobsPart, digest.Algorithm, digest.Hex);

    internal string Manifest(string name, Digest digest) => Path.Combine(Repositories, name, ManifestsPart, digest.Algorithm, digest.Hex);

    internal string Tags(string name) => Path.Combine(Repositories, name, TagsPart);

    internal string Tag(string name, string tag) => Path.Combine(Repositories, name, TagsPart, tag);

    internal string Referrers(string name, Digest subject) => Path.Combine(Repositories, name, ReferrersPart, subject.Algorithm, subject.Hex);

    internal string Referrer(string name, Digest subject, Digest manifest) => Path.Combine(Referrers(name, subject), $"{manifest.Algorithm}-{manifest.Hex}");

    /// <summary>An upload is found through its own repository only.</summary>
    internal string Upload(string name, string id)
        => Path.Combine(Uploads, $"{id}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 8))}");

    /// <summary>The digests that a directory of algorithms has as files; nothing where the directory is not there.</summary>
    internal static IEnumerable<Digest> ReadDigests(string directory)
    {
        foreach (string algorithm in (string[])[Digest.Sha256, Digest.Sha512])
        {
            foreach (string file in StoredDirectory.ReadFiles(Path.Combine(directory, algorithm)))
            {
                if (Digest.TryParse($"{algorithm}:{Path.GetFileName(file)}", out Digest digest))
                    yield return digest;
            }
        }
    }
}
