using System.Text;
using ContainerKit.Linux;
using ContainerKit.Linux.Io;
using ContainerKit.Linux.Paths;
using ContainerKit.Oci;

namespace ContainerKit.Storage;

/// <summary>The directory that holds everything that the engine keeps, which is a valid OCI image layout at the same time.</summary>
/// <remarks>
/// Every directory is open to its owner only: layers hold set-user-id programs of strangers, which nobody on this machine may start
/// (CVE-2021-41091).
/// </remarks>
internal sealed class DataRoot
{
    private const uint OwnerOnly = 0x1C0; // 0700
    private const uint Readable = 0x1ED; // 0755
    private const uint ReadableFile = 0x1A4; // 0644

    /// <summary>What the layout's file says as long as nobody else wrote it.</summary>
    private static ReadOnlySpan<byte> UsualLayout => "{\"imageLayoutVersion\":\"1.0.0\"}"u8;

    private DataRoot(string path) => Path = path;

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    public string BlobsDirectory => System.IO.Path.Combine(Path, OciLayout.BlobsDirectoryName);

    public string IndexFile => System.IO.Path.Combine(Path, OciLayout.IndexFileName);

    /// <summary>Unpacked layers, by the hex digits of their diff id; names with a dot are being unpacked or removed.</summary>
    public string LayersDirectory => System.IO.Path.Combine(Path, "layers");

    public string ContainersDirectory => System.IO.Path.Combine(Path, "containers");

    public string VolumesDirectory => System.IO.Path.Combine(Path, "volumes");

    /// <summary>Staging; see <see cref="StagingArea"/>.</summary>
    public string TemporaryDirectory => System.IO.Path.Combine(Path, "tmp");

    /// <summary>Blobs that are being fetched, see <see cref="BlobIngest"/>; what is there stays for the next attempt.</summary>
    public string IngestDirectory => System.IO.Path.Combine(Path, "ingest");

    public string LocksDirectory => System.IO.Path.Combine(Path, "locks");

    /// <summary>An empty directory: the layer of images that have none.</summary>
    public string EmptyLayer => System.IO.Path.Combine(Path, "empty");

    /// <summary>An empty directory that containers mount their root on, each in a mount namespace of its own.</summary>
    public string MountPoint => System.IO.Path.Combine(Path, "mnt");

    /// <summary>
    /// The lowest layer of every container: the files and directories that are mounted on. What an image lacks of them need not be made in
    /// the container's own layer, where it would cost a copy-up of /etc and show up as a change.
    /// </summary>
    public string MountPointLayer => System.IO.Path.Combine(Path, "mountpoints");

    /// <summary>/var/lib/containerkit for root; $XDG_DATA_HOME/containerkit or ~/.local/share/containerkit for others.</summary>
    /// <exception cref="UnsupportedException">The user has no home directory.</exception>
    public static string DefaultPath
    {
        get
        {
            if (Environment.IsPrivilegedProcess)
            {
                return "/var/lib/containerkit";
            }
            // The specification asks to ignore relative paths.
            if (Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { } data && System.IO.Path.IsPathRooted(data))
            {
                return System.IO.Path.Combine(data, "containerkit");
            }
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return home.Length > 0
                ? System.IO.Path.Combine(home, ".local/share/containerkit")
                : throw new UnsupportedException("This user has no home directory. Set XDG_DATA_HOME or give a data root.");
        }
    }

    /// <summary>Opens a data root, which is made when it is missing.</summary>
    /// <param name="path">Its path; null for <see cref="DefaultPath"/>.</param>
    /// <exception cref="UnsupportedException">The directory is another user's, or can't be made.</exception>
    /// <exception cref="InvalidContentException">The directory is an OCI layout of a version that is not known.</exception>
    public static DataRoot Open(string? path = null)
    {
        var root = new DataRoot(System.IO.Path.GetFullPath(path ?? DefaultPath));
        string[] directories =
        [
            root.Path, root.BlobsDirectory, root.BlobDirectory(Digest.Sha256), root.LayersDirectory, root.ContainersDirectory,
            root.VolumesDirectory, root.TemporaryDirectory, root.IngestDirectory, root.LocksDirectory, root.EmptyLayer,
            root.MountPoint, root.MountPointLayer,
        ];
        try
        {
            foreach (string directory in directories)
            {
                root.MakeDirectory(directory);
            }
            root.MakeLayout();
            root.MakeMountPointLayer();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or LinuxException { Errno: Errno.EACCES or Errno.EPERM or Errno.EROFS })
        {
            throw new UnsupportedException($"The data root {root.Path} can't be used by this user. Give another one.", e);
        }
        return root;
    }

    /// <summary>Where blobs of an algorithm are.</summary>
    public string BlobDirectory(string algorithm) => System.IO.Path.Combine(BlobsDirectory, algorithm);

    /// <summary>Where a blob is, or would be.</summary>
    public string BlobPath(Digest digest) => System.IO.Path.Combine(Path, OciLayout.BlobPath(digest));

    /// <summary>Where an unpacked layer is, or would be.</summary>
    public string LayerPath(Digest diffId) => System.IO.Path.Combine(LayersDirectory, diffId.Hex);

    /// <summary>A lock file.</summary>
    public string LockPath(string name) => System.IO.Path.Combine(LocksDirectory, name);

    /// <summary>Removes lock files of layers and blobs that processes have left which died with them in hand.</summary>
    public async ValueTask RemoveAbandonedLocksAsync(CancellationToken cancellationToken)
    {
        IEnumerable<string> names = Directory.EnumerateFiles(LocksDirectory, "layer-*").Concat(Directory.EnumerateFiles(LocksDirectory, "blob-*"));
        foreach (string path in names.ToList())
        {
            using FileLock? held = await FileLock.TryAcquireAbandonedAsync(path, cancellationToken).ConfigureAwait(false);
            held?.RemoveFile();
        }
    }

    private void MakeMountPointLayer()
    {
        using RootedDirectory layer = RootedDirectory.Open(MountPointLayer);
        foreach (string name in (string[])["dev", "proc", "sys", "etc"])
        {
            MakeReadable(layer, name);
        }

        using RootedDirectory etc = layer.OpenDirectory("etc"u8);
        foreach (string name in (string[])["hostname", "hosts", "resolv.conf"])
        {
            MakeReadableFile(etc, name);
        }
    }

    private static void MakeReadable(RootedDirectory parent, string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (parent.TryGetStatus(bytes) is null)
        {
            IgnoreExisting(() => parent.CreateDirectory(bytes, Readable));
            parent.SetMode(bytes, Readable);
        }
    }

    private static void MakeReadableFile(RootedDirectory parent, string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (parent.TryGetStatus(bytes) is null)
        {
            IgnoreExisting(() => parent.CreateNode(bytes, FileType.Regular, ReadableFile));
            parent.SetMode(bytes, ReadableFile);
        }
    }

    /// <summary>Another process may make the same at the same time.</summary>
    private static void IgnoreExisting(Action create)
    {
        try
        {
            create();
        }
        catch (LinuxException e) when (e.Errno == Errno.EEXIST)
        {
            // The usual case.
        }
    }

    private void MakeDirectory(string path)
    {
        // The empty layer is the root directory of containers, whoever they run as.
        uint mode = path == EmptyLayer || path == MountPointLayer ? Readable : OwnerOnly;
        string parentPath = System.IO.Path.GetDirectoryName(path) ?? throw new UnsupportedException("/ can't be a data root.");
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(parentPath);
            using RootedDirectory parent = RootedDirectory.Open(parentPath);
            byte[] name = Encoding.UTF8.GetBytes(System.IO.Path.GetFileName(path));
            IgnoreExisting(() => parent.CreateDirectory(name, OwnerOnly));
        }
        using RootedDirectory directory = RootedDirectory.Open(path);
        FileStatus status = directory.GetStatus(default);
        if (Environment.IsPrivilegedProcess && status.UserId != 0)
        {
            // Root could go on, and would leave files behind that their user can't remove.
            throw new UnsupportedException($"The data root {Path} belongs to user {status.UserId}. Give another one, or run as that user.");
        }
        if (status.Mode != mode)
        {
            directory.SetMode(default, mode);
        }
    }

    private void MakeLayout()
    {
        string layout = System.IO.Path.Combine(Path, OciLayout.FileName);
        if (!File.Exists(IndexFile))
        {
            AtomicFile.Write(this, IndexFile, new ImageIndex { Manifests = [] }.ToUtf8Json(), replace: false);
        }
        if (!File.Exists(layout))
        {
            AtomicFile.Write(this, layout, new OciLayout { Version = OciLayout.CurrentVersion }.ToUtf8Json(), replace: false);
        }
        byte[] content = File.ReadAllBytes(layout);
        if (content.AsSpan().SequenceEqual(UsualLayout))
        {
            return; // without the parser, which takes a fresh process longer to set up than everything else here
        }
        try
        {
            OciLayout.Parse(content);
        }
        catch (OciFormatException e)
        {
            throw new InvalidContentException($"The data root {Path} has an unknown format: {e.Message}", e);
        }
    }
}
