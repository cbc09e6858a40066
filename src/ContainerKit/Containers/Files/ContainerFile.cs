using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using ContainerKit.Containers.Files;
using ContainerKit.Containers.Instances;
using ContainerKit.Storage.Packing;
using RootPath = ContainerKit.Containers.Files.ContainerPath;

namespace ContainerKit;

/// <summary>
/// A file, or a directory with all that is in it, that a container gets before it is started: <c>spec.WithFile(ContainerFile.FromText("/etc/app.conf", "…"))</c>.
/// Files of this machine are read each time that a container is created.
/// </summary>
public sealed record ContainerFile
{
    /// <summary>The mode of a file that is made of bytes or text: 0644.</summary>
    private const UnixFileMode DefaultMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private ContainerFile(string containerPath, ReadOnlyMemory<byte>? content, string? source)
    {
        ArgumentException.ThrowIfNullOrEmpty(containerPath);
        if (containerPath[0] != '/' || containerPath.TrimEnd('/').Length == 0)
            throw new ArgumentException($"containerPath '{containerPath}' is not allowed: expected an absolute path, not the root.", nameof(containerPath));
        (ContainerPath, Content, Source) = (containerPath.TrimEnd('/'), content, source);
    }

    /// <summary>Where it goes: an absolute path. Directories that are missing are made.</summary>
    public string ContainerPath { get; }

    /// <summary>Where it is on this machine; null when it is made of bytes.</summary>
    public string? Source { get; }

    /// <summary>The permissions of the file, or of every file of the directory; null: those of this machine, and 0644 for bytes and text.</summary>
    public UnixFileMode? Mode { get; init; }

    /// <summary>Who owns it: <c>user[:group]</c>, names of the image's passwd and group or numbers; null: root inside.</summary>
    public string? Owner { get; init; }

    internal ReadOnlyMemory<byte>? Content { get; }

    /// <summary>A file of these bytes.</summary>
    /// <param name="containerPath">Where it goes: an absolute path.</param>
    /// <param name="content">Not copied; must not change.</param>
    public static ContainerFile FromBytes(string containerPath, ReadOnlyMemory<byte> content) => new(containerPath, content, null);

    /// <summary>A file of this text in UTF-8.</summary>
    /// <param name="containerPath">Where it goes: an absolute path.</param>
    /// <param name="text">The text.</param>
    public static ContainerFile FromText(string containerPath, string text) => new(containerPath, Encoding.UTF8.GetBytes(text), null);

    /// <summary>A file, or a directory with what is in it, of this machine.</summary>
    /// <param name="containerPath">What it is called inside: an absolute path.</param>
    /// <param name="hostPath">Where it is on this machine.</param>
    public static ContainerFile FromPath(string containerPath, string hostPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(hostPath);
        return new ContainerFile(containerPath, null, Path.GetFullPath(hostPath));
    }

    /// <summary>Sets the permissions, as in <c>Convert.ToInt32("640", 8)</c>.</summary>
    public ContainerFile WithMode(UnixFileMode mode) => this with { Mode = mode };

    /// <summary>Sets who owns it: <c>user[:group]</c>, names or numbers.</summary>
    public ContainerFile WithOwner(string owner) => this with { Owner = owner };

    /// <exception cref="NotFoundException">There is no such file on this machine.</exception>
    internal Task CopyToAsync(ContainerInstance container, CancellationToken cancellationToken)
    {
        if (Source is not null && !File.Exists(Source) && !Directory.Exists(Source))
            throw new NotFoundException($"There is no file or directory {Source}, which was to be copied to {ContainerPath} of a container.");
        var options = new CopyToOptions { Owner = Owner ?? "0:0" };
        return ArchivePipe.RunAsync(
            WriteAsync,
            (archive, token) => container.UseRootAsync("copy to", (root, inner) => new CopyIn(root, options).UnpackAsync(archive, RootPath.Parse("/"), inner), token),
            cancellationToken);
    }

    /// <summary>All that makes it another file.</summary>
    internal void AppendTo(IncrementalHash hash)
    {
        hash.AppendData(Encoding.UTF8.GetBytes($"\n{ContainerPath}\n{Mode}\n{Owner}\n"));
        if (Content is ReadOnlyMemory<byte> content)
            hash.AppendData(content.Span);
        else if (File.Exists(Source))
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(Source)));
        else
        {
            foreach (string path in Directory.EnumerateFiles(Source!, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"\n{Path.GetRelativePath(Source!, path)}\n{File.GetUnixFileMode(path)}\n"));
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(path)));
            }
        }
    }

    private async Task WriteAsync(Stream output, CancellationToken cancellationToken)
    {
        var writer = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
        {
            string name = ContainerPath[1..];
            if (Content is ReadOnlyMemory<byte> content)
            {
                using var data = new MemoryStream(content.ToArray(), writable: false);
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = Mode ?? DefaultMode, DataStream = data }, cancellationToken).ConfigureAwait(false);
                return;
            }

            await WriteAsync(writer, File.Exists(Source) ? new FileInfo(Source) : new DirectoryInfo(Source!), name, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(TarWriter writer, FileSystemInfo source, string name, CancellationToken cancellationToken)
    {
        if (source.LinkTarget is { } target && name != ContainerPath[1..])
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = target }, cancellationToken).ConfigureAwait(false);
        }
        else if (source is DirectoryInfo directory)
        {
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, name) { Mode = directory.UnixFileMode, ModificationTime = directory.LastWriteTimeUtc }, cancellationToken).ConfigureAwait(false);
            foreach (FileSystemInfo entry in directory.EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
                await WriteAsync(writer, entry, $"{name}/{entry.Name}", cancellationToken).ConfigureAwait(false);
        }
        else
        {
            FileStream data = new(source.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using (data.ConfigureAwait(false))
            {
                await writer.WriteEntryAsync(
                    new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = Mode ?? source.UnixFileMode, ModificationTime = source.LastWriteTimeUtc, DataStream = data },
                    cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
