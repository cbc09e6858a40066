using System.Formats.Tar;
using System.Text.Json;
using System.Text.Json.Nodes;
using ContainerKit.Cli.Output;

namespace ContainerKit.Cli.Contexts;

/// <summary>A context as one file, as docker writes it: a tar with <c>meta.json</c> and what TLS needs below <c>tls/docker</c>.</summary>
internal static class ContextArchive
{
    private const string MetaName = "meta.json";

    private const string TlsDirectory = "tls";

    private const string EndpointDirectory = $"{TlsDirectory}/{ContextStore.EndpointName}";

    private const string TlsPrefix = $"{EndpointDirectory}/";

    /// <summary>Docker's bound. Three certificates and a description come nowhere near it.</summary>
    private const int MaximumSize = 10 << 20;

    private const int BlockSize = 512;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static async Task WriteAsync(Stream output, EngineContext context, CancellationToken cancellationToken)
    {
        var archive = new TarWriter(output, TarEntryFormat.Ustar, leaveOpen: true);
        await using (archive.ConfigureAwait(false))
        {
            byte[] meta = JsonSerializer.SerializeToUtf8Bytes(ContextStore.Describe(context), JsonNodeContext.Default.JsonObject);
            await AddAsync(TarEntryType.RegularFile, MetaName, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead, meta).ConfigureAwait(false);

            // Docker has the directories for contexts without TLS as well, up to the endpoint's.
            await AddAsync(TarEntryType.Directory, TlsDirectory, OwnerOnly | UnixFileMode.UserExecute, null).ConfigureAwait(false);
            IReadOnlyDictionary<string, byte[]> material = ContextStore.ReadMaterial(context);
            if (material.Count > 0)
                await AddAsync(TarEntryType.Directory, EndpointDirectory, OwnerOnly | UnixFileMode.UserExecute, null).ConfigureAwait(false);
            foreach ((string name, byte[] content) in material)
                await AddAsync(TarEntryType.RegularFile, TlsPrefix + name, OwnerOnly, content).ConfigureAwait(false);
        }

        async Task AddAsync(TarEntryType type, string name, UnixFileMode mode, byte[]? content)
        {
            using MemoryStream? data = content is null ? null : new MemoryStream(content);
            var entry = new UstarTarEntry(type, name) { Mode = mode, ModificationTime = DateTimeOffset.UnixEpoch };
            if (data is not null)
                entry.DataStream = data;
            await archive.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The context, which is given another name, and its files by name.</summary>
    /// <exception cref="IOException">It is no such archive, or holds what none does.</exception>
    public static async Task<(EngineContext Context, IReadOnlyDictionary<string, byte[]> Material)> ReadAsync(Stream input, string name, CancellationToken cancellationToken)
    {
        using MemoryStream archive = await BufferAsync(input, cancellationToken).ConfigureAwait(false);
        Dictionary<string, byte[]> files = [];
        try
        {
            var reader = new TarReader(archive);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.GetNextEntryAsync(copyData: false, cancellationToken).ConfigureAwait(false) is { } entry)
                    await TakeAsync(entry, files, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException or ArgumentException or OverflowException or NotSupportedException)
        {
            throw new IOException("the file of the context is no tar archive, or is cut off", e);
        }

        if (!files.Remove(MetaName, out byte[]? meta))
            throw new IOException("invalid context: no metadata found");
        JsonObject described = ParseMeta(meta);
        return (described["Endpoints"] as JsonObject)?[ContextStore.EndpointName].Text("Host") is { Length: > 0 }
            ? (ContextStore.Parse(described) with { Name = name }, files)
            : throw new IOException($"invalid context: {MetaName} has no docker endpoint");
    }

    private static async Task TakeAsync(TarEntry entry, Dictionary<string, byte[]> files, CancellationToken cancellationToken)
    {
        if (entry.EntryType is TarEntryType.Directory && entry.Name.TrimEnd('/') is TlsDirectory or EndpointDirectory)
            return;
        string? file = entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) ? null
            : entry.Name == MetaName ? MetaName
            : ContextStore.MaterialNames.FirstOrDefault(known => entry.Name == TlsPrefix + known);
        if (file is null)
            throw new IOException($"unexpected context file: {JsonText.Of(entry.Name)}: only {MetaName} and {TlsPrefix}{{{string.Join(',', ContextStore.MaterialNames)}}} belong to one");
        using var content = new MemoryStream();
        if (entry.DataStream is { } data)
            await data.CopyToAsync(content, cancellationToken).ConfigureAwait(false);
        if (!files.TryAdd(file, content.ToArray()))
            throw new IOException($"unexpected context file: {entry.Name} is there twice");
    }

    private static JsonObject ParseMeta(byte[] content)
    {
        try
        {
            return JsonNode.Parse(content, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject ?? throw new IOException($"invalid context: {MetaName} is no object");
        }
        catch (JsonException e)
        {
            throw new IOException($"invalid context: {MetaName} is not valid JSON (line {e.LineNumber + 1})", e);
        }
    }

    /// <summary>All of it, with the end that a tar has: docker's own exports lack it, the last file's padding included.</summary>
    private static async Task<MemoryStream> BufferAsync(Stream input, CancellationToken cancellationToken)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        while (await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and int count)
        {
            if (all.Length + count > MaximumSize)
                throw new IOException($"the file of the context is larger than {MaximumSize >> 20} MiB: it is none");
            all.Write(buffer, 0, count);
        }

        all.Write(new byte[(BlockSize - (all.Length % BlockSize)) % BlockSize + (2 * BlockSize)]);
        all.Position = 0;
        return all;
    }
}
