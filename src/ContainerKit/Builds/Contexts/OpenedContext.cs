using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;
using ContainerKit.Storage.Unpacking;
using Microsoft.Win32.SafeHandles;

namespace ContainerKit.Builds.Contexts;

/// <summary>A context that is being used.</summary>
internal sealed class OpenedContext : IAsyncDisposable
{
    public const int MaxIgnoreFile = 16 << 20;

    private readonly RootedDirectory? _directory;
    private readonly StagingArea? _staging;
    private IgnoreRules _rules = IgnoreRules.None;
    private byte[] _rulesText = [];

    private OpenedContext(RootedDirectory? directory, string? path, StagingArea? staging)
    {
        _directory = directory;
        _staging = staging;
        HostPath = path;
    }

    /// <summary>The directory on this machine; null for the empty context.</summary>
    public string? HostPath { get; }

    /// <summary>The commit of a repository; null for anything else.</summary>
    public string? Commit { get; private init; }

    /// <summary>True: nothing is left out.</summary>
    public bool IsWhole => _rules.IsEmpty;

    /// <summary>The rules, as they are written; empty where there are none.</summary>
    public ReadOnlySpan<byte> RulesText => _rulesText;

    /// <summary>True: the context itself has a .dockerignore.</summary>
    public bool HasIgnoreFile => TryRead(".dockerignore", MaxIgnoreFile) is not null;

    /// <summary>Opens a directory, with nothing left out yet.</summary>
    public static OpenedContext OpenDirectory(string path)
        => Directory.Exists(path)
            ? new OpenedContext(RootedDirectory.Open(path), path, null)
            : throw new NotFoundException($"There is no directory {path}, which is to be the context of the build.");

    /// <summary>Opens a context, with the rules of its .dockerignore.</summary>
    public static async Task<OpenedContext> OpenAsync(BuildContext context, DataRoot root, CancellationToken cancellationToken)
    {
        OpenedContext opened = await OpenWithoutRulesAsync(context, root, cancellationToken).ConfigureAwait(false);
        opened.ReadRules("Dockerfile");
        return opened;
    }

    /// <summary>As <see cref="OpenAsync"/>, with nothing left out yet.</summary>
    public static async Task<OpenedContext> OpenWithoutRulesAsync(BuildContext context, DataRoot root, CancellationToken cancellationToken, bool keepsGitDirectory = false)
    {
        switch (context.Kind)
        {
            case BuildContextKind.Directory:
                return OpenDirectory(context.Location);
            case BuildContextKind.Tar:
                return await UnpackAsync(context.Archive!, root, cancellationToken).ConfigureAwait(false);
            case BuildContextKind.Git:
                return await FetchAsync(GitLocation.TryParse(context.Location)!, root, keepsGitDirectory, cancellationToken).ConfigureAwait(false);
            case BuildContextKind.Empty:
                return new OpenedContext(null, null, null);
            default:
                throw new BuildException($"The image {context.Location} can't be the context of a build. Give it as a named context.");
        }
    }

    /// <summary>Reads which files are left out: of the Dockerfile's own ignore file, or else of the context's.</summary>
    public void ReadRules(string dockerfile)
    {
        foreach (string name in (string[])[dockerfile + ".dockerignore", ".dockerignore"])
        {
            if (TryRead(name, MaxIgnoreFile) is { } content)
            {
                _rules = IgnoreRules.Parse(content, name);
                _rulesText = content;
                return;
            }
        }
    }

    /// <summary>True when a file, or a directory that it is in, is left out.</summary>
    public bool IsLeftOut(string path) => _rules.IsIgnored(path);

    /// <summary>The root, without what is left out.</summary>
    /// <returns>The directory, owned by the caller.</returns>
    public ITreeDirectory OpenRoot()
    {
        if (_directory is null)
        {
            return new NoDirectory();
        }
        var plain = new PlainDirectory(_directory.OpenDirectory(default));
        return _rules.IsEmpty ? plain : new IgnoredDirectory(plain, "", _rules);
    }

    /// <summary>A file of the context, also one that is left out; or of this machine, by an absolute path. Null for none.</summary>
    public byte[]? TryRead(string path, int maxBytes)
    {
        if (path.StartsWith('/'))
        {
            var file = new FileInfo(path);
            return !file.Exists ? null : file.Length <= maxBytes ? File.ReadAllBytes(path) : throw TooLarge(path, maxBytes);
        }
        try
        {
            using SafeFileHandle? file = _directory?.OpenRegularFile(Encoding.UTF8.GetBytes(ContextPath.Clean("/" + path)));
            if (file is null)
            {
                return null;
            }
            long length = RandomAccess.GetLength(file);
            byte[] content = length <= maxBytes ? new byte[length] : throw TooLarge(path, maxBytes);
            int read = RandomAccess.Read(file, content, 0);
            return content[..read];
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _directory?.Dispose();
        if (_staging is not null)
        {
            await _staging.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static InvalidContentException TooLarge(string path, int maxBytes) => new($"The file {path} is larger than {maxBytes >> 20} MiB.");

    private static async Task<OpenedContext> UnpackAsync(Stream archive, DataRoot root, CancellationToken cancellationToken)
    {
        StagingArea staging = StagingArea.Create(root, new SquashedOwnership());
        RootedDirectory? directory = null;
        try
        {
            string path = Path.Combine(staging.Path, "context");
            Directory.CreateDirectory(path);
            directory = RootedDirectory.Open(path);
            var limits = new LayerLimits();
            (Stream plain, PeekedStream compressed) = await LayerStream.OpenAsync(archive, cancellationToken).ConfigureAwait(false);
            await using (plain.ConfigureAwait(false))
            {
                using var input = new TarInput(plain, algorithm: null, length => RequireWithinLimits(limits, length, compressed.BytesRead));
                using var extractor = new TreeExtractor(directory, directory, [], new ExtractionOptions { KeepsPrivileges = true }, limits);
                await extractor.ExtractAsync(new TarReader(input), cancellationToken).ConfigureAwait(false);
                await input.DrainAsync(cancellationToken).ConfigureAwait(false);
            }
            return new OpenedContext(directory, path, staging);
        }
        catch (Exception e)
        {
            directory?.Dispose();
            await staging.DisposeAsync().ConfigureAwait(false);
            if (e is InvalidDataException)
            {
                throw new InvalidContentException($"The context's compressed data is damaged. {e.Message}", e);
            }
            throw;
        }
    }

    private static async Task<OpenedContext> FetchAsync(GitLocation location, DataRoot root, bool keepsGitDirectory, CancellationToken cancellationToken)
    {
        StagingArea staging = StagingArea.Create(root, new SquashedOwnership());
        try
        {
            string path = Path.Combine(staging.Path, "context");
            Directory.CreateDirectory(path);
            string commit = await GitCheckout.FetchAsync(location, path, keepsGitDirectory, cancellationToken).ConfigureAwait(false);
            using RootedDirectory whole = RootedDirectory.Open(path);
            RootedDirectory? directory = whole.TryOpenDirectory(Encoding.UTF8.GetBytes(location.Directory?.TrimStart('/') ?? ""), PathResolution.None, out _);
            return directory is null
                ? throw new NotFoundException($"There is no directory {location.Directory} in {location}.")
                : new OpenedContext(directory, Encoding.UTF8.GetString(directory.GetPath()), staging) { Commit = commit };
        }
        catch
        {
            await staging.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void RequireWithinLimits(LayerLimits limits, long length, long compressed)
    {
        if (length > limits.MaxArchiveSize || (length > limits.ExpansionRatioThreshold && length / limits.MaxExpansionRatio > compressed))
        {
            throw new InvalidContentException("The context's archive expands beyond all measure.");
        }
    }

    /// <summary>No files.</summary>
    private sealed class NoDirectory : ITreeDirectory
    {
        public bool IsOpaque => false;

        public IEnumerable<byte[]> EnumerateNames() => [];

        public FileStatus? TryGetStatus(byte[] name) => null;

        public ITreeDirectory? TryOpen(byte[] name) => null;

        public SafeFileHandle? TryOpenFile(byte[] name) => null;

        public byte[]? TryReadLink(byte[] name) => null;

        public IReadOnlyList<TarAttribute> ReadAttributes(byte[] name, FileType type) => [];

        public void Dispose()
        {
        }
    }
}
