using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Builds;

/// <summary>What <c>PATH|URL|-</c> and <c>--file</c> mean: where the files and the Dockerfile are.</summary>
internal sealed class BuildSource
{
    /// <summary>So much tells an archive from a Dockerfile: the magic of tar stands at 257, that of compressed ones at the beginning.</summary>
    private const int Telling = 512;

    private const int MaximumText = 64 << 20;

    private readonly string? _directory;
    private readonly string? _repository;
    private readonly Stream? _archive;
    private readonly string? _text;
    private readonly string? _file;

    private BuildSource(string? directory, string? repository, Stream? archive, string? text, string? file)
    {
        _directory = directory;
        _repository = repository;
        _archive = archive;
        _text = text;
        _file = file;
    }

    public static async Task<BuildSource> ReadAsync(CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        string context = invocation.Arguments[0];
        string? file = invocation.Value("file");
        if (context == "-")
        {
            return file == "-"
                ? throw new UsageException("invalid argument: can't use stdin for both build context and dockerfile") { Command = invocation.Command }
                : await TellAsync(console.OpenInput(), file, cancellationToken).ConfigureAwait(false);
        }

        string? text = file == "-" ? await ReadTextAsync(PipeReader.Create(console.OpenInput()), cancellationToken).ConfigureAwait(false) : null;
        if (Directory.Exists(context))
            return new BuildSource(Path.GetFullPath(context), null, null, text, text is null && file is not null ? Path.GetFullPath(file) : null);
        if (text is null && IsDownload(context))
            return await TellAsync(await DownloadAsync(context, cancellationToken).ConfigureAwait(false), file, cancellationToken).ConfigureAwait(false);
        return text is null
            ? new BuildSource(null, context, null, null, file)
            : throw new UsageException("a Dockerfile on stdin wants a directory of this machine") { Command = invocation.Command };
    }

    /// <summary>For the engine of this process.</summary>
    public BuildSpec ToSpec()
    {
        if (_directory is null && _archive is null && _repository is null)
            return BuildSpec.FromDockerfile(_text!);
        BuildSpec spec = BuildSpec.FromContext(_directory is not null ? BuildContext.FromDirectory(_directory) : _archive is not null ? BuildContext.FromTar(_archive) : BuildContext.FromGit(_repository!));
        return _text is not null ? spec.WithDockerfileText(_text) : _file is not null ? spec.WithDockerfile(_file) : spec;
    }

    /// <summary>For a server: what its query says, and the archive that is sent; null where the server fetches the files.</summary>
    public (string? Remote, string? Dockerfile, HttpContent? Content) ToRequest()
    {
        const string type = "application/x-tar";
        if (_repository is not null)
        {
            _ = BuildContext.FromGit(_repository);
            return (_repository, _file, null);
        }

        if (_archive is not null)
            return (null, _file, new StreamContent(_archive) { Headers = { ContentType = new(type) } });
        if (_directory is null)
            return (null, null, new PushContent(type, (stream, token) => WriteDockerfileAsync(stream, _text!, token)));
        BuildContextArchive archive = _text is not null ? BuildContextArchive.FromDirectoryAndText(_directory, _text) : BuildContextArchive.FromDirectory(_directory, _file ?? "Dockerfile");
        return (null, archive.Dockerfile, new PushContent(type, archive.WriteToAsync));
    }

    private static bool IsDownload(string context)
        => Uri.TryCreate(context, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" && !address.AbsolutePath.EndsWith(".git", StringComparison.Ordinal);

    private static async Task<Stream> DownloadAsync(string address, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
            HttpResponseMessage response = await client.GetAsync(new Uri(address), HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            throw new IOException($"{address} could not be downloaded: {e.Message}", e);
        }
    }

    /// <summary>A Dockerfile without files, or an archive with both.</summary>
    private static async Task<BuildSource> TellAsync(Stream content, string? file, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(content);
        ReadResult beginning = await reader.ReadAtLeastAsync(Telling, cancellationToken).ConfigureAwait(false);
        byte[] head = beginning.Buffer.Slice(0, Math.Min(beginning.Buffer.Length, Telling)).ToArray();
        reader.AdvanceTo(beginning.Buffer.Start);
        return IsArchive(head)
            ? new BuildSource(null, null, reader.AsStream(), null, file)
            : new BuildSource(null, null, null, await ReadTextAsync(reader, cancellationToken).ConfigureAwait(false), null);
    }

    /// <summary>No text has a zero in it; all compressed formats have one byte at their beginning that no UTF-8 begins with, but for bzip2.</summary>
    private static bool IsArchive(ReadOnlySpan<byte> head)
        => head.Contains((byte)0) || head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) || head.StartsWith("BZh"u8) || head.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z']) || head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]);

    private static async Task<string> ReadTextAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        ReadResult all = await reader.ReadAtLeastAsync(MaximumText, cancellationToken).ConfigureAwait(false);
        string text = all.Buffer.Length < MaximumText ? Encoding.UTF8.GetString(all.Buffer) : throw new IOException($"The Dockerfile is larger than {MaximumText >> 20} MiB.");
        await reader.CompleteAsync().ConfigureAwait(false);
        return text;
    }

    private static async Task WriteDockerfileAsync(Stream output, string text, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var tar = new System.Formats.Tar.TarWriter(output, System.Formats.Tar.TarEntryFormat.Pax, leaveOpen: true);
        await using (tar.ConfigureAwait(false))
            await tar.WriteEntryAsync(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "Dockerfile") { DataStream = content }, cancellationToken).ConfigureAwait(false);
    }
}
