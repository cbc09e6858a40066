using System.Text;
using ContainerKit.Linux.Paths;
using ContainerKit.Storage.Ownership;
using ContainerKit.Storage.Packing;
using ContainerKit.Storage.Tar;

namespace ContainerKit.Builds.Contexts;

/// <summary>Packs a directory as a builder elsewhere wants it.</summary>
internal static class ContextArchive
{
    private static readonly byte[] IgnoreFile = ".dockerignore"u8.ToArray();

    /// <summary>Everything belongs to root, as in an image: who owns the files here is nothing that a builder elsewhere knows.</summary>
    private static readonly PackingOptions Packing = new() { Owner = (0, 0), LeavesOutDevices = true };

    /// <summary>Packs what is not left out, and what the builder reads itself, left out or not.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="dockerfile">The Dockerfile: a path in the directory, or an absolute one, or any name with a text.</param>
    /// <param name="text">The Dockerfile's text; null: it is read.</param>
    /// <param name="name">What it is called in the archive; not <paramref name="dockerfile"/> for one from elsewhere.</param>
    /// <param name="output">Gets the archive.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task WriteAsync(string directory, string dockerfile, byte[]? text, string name, Stream output, CancellationToken cancellationToken)
    {
        OpenedContext context = OpenedContext.OpenDirectory(directory);
        await using (context.ConfigureAwait(false))
        {
            bool isElsewhere = text is not null || dockerfile.StartsWith('/');
            context.ReadRules(dockerfile);
            var writer = new TarWriter(output);
            var packer = new TreePacker(writer, new OwnerView(null), Packing);
            using (ITreeDirectory root = context.OpenRoot())
            using (ITreeDirectory shown = isElsewhere ? new HiddenEntry(root, IgnoreFile) : root)
                await packer.PackContentAsync(shown, [], cancellationToken).ConfigureAwait(false);
            if (isElsewhere)
            {
                byte[] content = text ?? context.TryRead(dockerfile, Parsing.DockerfileParser.MaxFileBytes) ?? throw new BuildException($"There is no Dockerfile {dockerfile}.", dockerfile);
                await WriteFileAsync(writer, name, content, cancellationToken).ConfigureAwait(false);
                await WriteFileAsync(writer, ".dockerignore", HideFrom(context, name), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                foreach (string needed in (string[])[dockerfile, $"{dockerfile}.dockerignore", ".dockerignore"])
                    await WriteIgnoredAsync(context, writer, needed, cancellationToken).ConfigureAwait(false);
            }

            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The rules, and that what is in the archive for the builder alone is no part of the context.</summary>
    private static byte[] HideFrom(OpenedContext context, string name)
    {
        string own = context.HasIgnoreFile ? "" : "/.dockerignore\n";
        return [.. context.RulesText, .. Encoding.UTF8.GetBytes($"\n/{name}\n{own}")];
    }

    private static async Task WriteIgnoredAsync(OpenedContext context, TarWriter writer, string name, CancellationToken cancellationToken)
    {
        string path = ContextPath.Clean($"/{name}")[1..];
        if (context.IsLeftOut(path) && context.TryRead(path, OpenedContext.MaxIgnoreFile) is { } content)
            await WriteFileAsync(writer, path, content, cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteFileAsync(TarWriter writer, string name, byte[] content, CancellationToken cancellationToken)
    {
        const uint mode = 0x1A4; // 0644
        var entry = new TarEntry
        {
            Type = TarEntryType.RegularFile,
            Name = Encoding.UTF8.GetBytes(name),
            LinkName = [],
            Mode = mode,
            UserId = 0,
            GroupId = 0,
            Size = content.Length,
            ModifiedTime = default,
        };
        await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        await writer.WriteDataAsync(content, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A directory without one of its entries.</summary>
    private sealed class HiddenEntry(ITreeDirectory directory, byte[] hidden) : ITreeDirectory
    {
        public bool IsOpaque => directory.IsOpaque;

        public IEnumerable<byte[]> EnumerateNames() => directory.EnumerateNames().Where(name => !name.AsSpan().SequenceEqual(hidden));

        public FileStatus? TryGetStatus(byte[] name) => directory.TryGetStatus(name);

        public ITreeDirectory? TryOpen(byte[] name) => directory.TryOpen(name);

        public Microsoft.Win32.SafeHandles.SafeFileHandle? TryOpenFile(byte[] name) => directory.TryOpenFile(name);

        public byte[]? TryReadLink(byte[] name) => directory.TryReadLink(name);

        public IReadOnlyList<TarAttribute> ReadAttributes(byte[] name, FileType type) => directory.ReadAttributes(name, type);

        public void Dispose()
        {
            // Owned by the caller.
        }
    }
}
