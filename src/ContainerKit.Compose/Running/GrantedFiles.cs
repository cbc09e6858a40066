using System.Formats.Tar;
using System.Text;
using ContainerKit.Compose.Services;

namespace ContainerKit.Compose.Running;

/// <summary>Puts secrets and configs into a container before it starts.</summary>
internal static class GrantedFiles
{
    private const int MaximumLength = 16 << 20;
    private const UnixFileMode Default = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static async Task CopyAsync(Container container, IReadOnlyCollection<GrantedFile> files, CancellationToken cancellationToken)
    {
        if (files.Count == 0)
            return;
        using var archive = new MemoryStream();
        var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true);
        await using (writer.ConfigureAwait(false))
        {
            foreach (GrantedFile file in files)
            {
                byte[] content = file.Content is not null ? Encoding.UTF8.GetBytes(file.Content) : await ReadAsync(file.Path!, cancellationToken).ConfigureAwait(false);
                var entry = new PaxTarEntry(TarEntryType.RegularFile, file.Target.TrimStart('/'))
                {
                    Uid = file.UserId ?? 0,
                    Gid = file.GroupId ?? 0,
                    Mode = file.Mode ?? Default,
                    DataStream = new MemoryStream(content),
                };
                await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
            }
        }

        archive.Position = 0;
        await container.CopyToAsync(archive, "/", cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancellationToken)
        => new FileInfo(path).Length <= MaximumLength
            ? await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false)
            : throw new InvalidContentException($"The file {path}, a secret or config, has more than {MaximumLength >> 20} MiB.");
}
