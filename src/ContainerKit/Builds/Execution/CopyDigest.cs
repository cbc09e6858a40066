using System.Security.Cryptography;
using ContainerKit.Builds.Cache;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Tar;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Builds.Execution;

/// <summary>
/// The digest of what is copied: targets, types, modes, owners, contents, link targets, extended attributes; not times. Made from what the
/// sources are now (with remembered hashes), or while the layer is written, from what was really read.
/// </summary>
internal sealed class CopyDigest(CopyOptions options) : IDisposable
{
    private readonly CacheKey _key = new("copied");

    /// <summary>The number of entries.</summary>
    public long Entries { get; private set; }

    /// <summary>Reads the sources, as far as their hashes are not known.</summary>
    public static async Task<string> ComputeAsync(IReadOnlyList<CopyRoot> roots, CopyOptions options, FileHashes hashes, CancellationToken cancellationToken)
    {
        using var digest = new CopyDigest(options);
        await CopyWalk.RunAsync(roots, options.Excludes, Visit, cancellationToken).ConfigureAwait(false);
        return digest.Finish();

        ValueTask Visit(CopyEntry entry, CancellationToken token)
        {
            byte[]? content = null;
            FileStatus status = entry.Status;
            if (status.Type == FileType.Regular)
            {
                content = hashes.TryGet(status);
                if (content is null)
                {
                    using SafeFileHandle? file = entry.Directory.TryOpenFile(entry.Name);
                    if (file is null)
                    {
                        return default; // gone: then it is not copied either
                    }
                    status = RootedDirectory.GetStatus(file);
                    content = hashes.Get(file, status);
                }
            }
            digest.Add(entry, status, content);
            return default;
        }
    }

    /// <summary>Adds an entry.</summary>
    /// <param name="entry">What is copied.</param>
    /// <param name="status">Its attributes; of a file those it had when it was open.</param>
    /// <param name="content">The SHA-256 of a regular file; null for others.</param>
    public void Add(CopyEntry entry, FileStatus status, byte[]? content)
    {
        Entries++;
        _key.Add(entry.Target).Add((long)status.Type);
        if (status.Type != FileType.SymbolicLink)
        {
            _key.Add(ModeOf(status));
        }
        (uint user, uint group) = OwnerOf(status);
        _key.Add(user).Add(group).Add(content);
        if (status.Type == FileType.SymbolicLink)
        {
            _key.Add(entry.Directory.TryReadLink(entry.Name));
        }
        if (status.Type is FileType.CharacterDevice or FileType.BlockDevice)
        {
            _key.Add(status.NodeMajor).Add(status.NodeMinor);
        }
        foreach (TarAttribute attribute in entry.Directory.ReadAttributes(entry.Name, status.Type))
        {
            _key.Add(attribute.Name).Add(attribute.Value);
        }
    }

    public string Finish() => _key.Finish();

    public void Dispose() => _key.Dispose();

    internal uint ModeOf(FileStatus status)
        => options.Mode is { } change ? change.Apply(status.Mode, status.Type == FileType.Directory) : status.Mode;

    internal (uint User, uint Group) OwnerOf(FileStatus status)
        => options.Owner ?? (options.SourceOwners.UserInside(status.UserId), options.SourceOwners.GroupInside(status.GroupId));

    /// <summary>A hash for the content of a file that is being written.</summary>
    internal static IncrementalHash BeginContent() => IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
}
