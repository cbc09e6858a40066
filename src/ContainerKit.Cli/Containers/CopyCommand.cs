using System.Net;
using System.Text.Json.Nodes;
using ContainerKit.Cli.CommandLine;
using ContainerKit.Cli.Engines;
using ContainerKit.Cli.Output;
using ContainerKit.Cli.Session;

namespace ContainerKit.Cli.Containers;

/// <summary><c>ckit cp</c>: the paths mean what they mean to docker cp, and to cp -a.</summary>
internal static class CopyCommand
{
    private const string PathStatHeader = "X-Docker-Container-Path-Stat";

    /// <summary>Go's bits of a directory and of a symbolic link, in the answer of the engine.</summary>
    private const long DirectoryBit = 1L << 31;
    private const long LinkBit = 1L << 27;

    public static Command Create(CommandConsole console) => new("cp", "Copy files between a container and this machine", "CONTAINER:PATH PATH|- | PATH|- CONTAINER:PATH")
    {
        MinimumArguments = 2,
        MaximumArguments = 2,
        Options = [new("archive", 'a', null, "Keep the owners of files"), new("follow-link", 'L', null, "Copy what a symbolic link leads to"), new("quiet", 'q', null, "No report")],
        Handler = (invocation, token) => ClientSession.RunAsync(invocation, client => CopyAsync(client, invocation, console, token), token),
    };

    private static Task CopyAsync(DockerClient client, CommandInvocation invocation, CommandConsole console, CancellationToken cancellationToken)
    {
        (string? from, string source) = Split(invocation.Arguments[0]);
        (string? to, string target) = Split(invocation.Arguments[1]);
        return (from, to) switch
        {
            (string container, null) => CopyOutAsync(client, invocation, console, container, source, target, cancellationToken),
            (null, string container) => CopyInAsync(client, invocation, console, container, source, target, cancellationToken),
            (null, null) => throw new UsageException("must specify at least one container source") { Command = invocation.Command },
            _ => throw new UsageException("copying between containers is not supported") { Command = invocation.Command },
        };
    }

    private static async Task CopyOutAsync(
        DockerClient client, CommandInvocation invocation, CommandConsole console, string container, string source, string target, CancellationToken cancellationToken)
    {
        if (invocation.IsSet("follow-link") && await FindAsync(client, container, source, cancellationToken).ConfigureAwait(false) is { LinkTarget.Length: > 0 } link)
            source = link.LinkTarget.StartsWith('/') ? link.LinkTarget : $"{source.TrimEnd('/')[..(source.TrimEnd('/').LastIndexOf('/') + 1)]}{link.LinkTarget}";
        using HttpResponseMessage response = await client.SendAsync(HttpMethod.Get, ArchivePath(container, source), null, null, cancellationToken).ConfigureAwait(false);
        if (target == "-")
        {
            await OutputFile.WriteAsync(invocation, console, stream => response.Content.CopyToAsync(stream, cancellationToken)).ConfigureAwait(false);
            return;
        }

        CopyTarget decided = CopyTarget.Decide(
            new CopySource(source, ReadStat(response).IsDirectory), target, Directory.Exists(target), File.Exists(target) || Directory.Exists(target));
        Stream archive = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await LocalFiles.ExtractAsync(archive, decided.Directory, decided.Name, invocation.IsSet("archive"), cancellationToken).ConfigureAwait(false);
        await ReportAsync(invocation, console, target).ConfigureAwait(false);
    }

    private static async Task CopyInAsync(
        DockerClient client, CommandInvocation invocation, CommandConsole console, string container, string source, string target, CancellationToken cancellationToken)
    {
        PathStat? stat = await FindAsync(client, container, target, cancellationToken).ConfigureAwait(false);
        if (stat is { LinkTarget.Length: > 0 })
        {
            // A link is followed once, as docker's client does; the engine resolves the rest inside of the container.
            string link = stat.LinkTarget.StartsWith('/') ? stat.LinkTarget : $"{target.TrimEnd('/')[..(target.TrimEnd('/').LastIndexOf('/') + 1)]}{stat.LinkTarget}";
            target = link;
            stat = await FindAsync(client, container, target, cancellationToken).ConfigureAwait(false);
        }

        string query = invocation.IsSet("archive") ? "&copyUIDGID=1" : "";
        if (source == "-")
        {
            if (stat is not { IsDirectory: true })
                throw new IOException($"destination \"{container}:{target}\" must be a directory");
            using Stream input = console.OpenInput();
            await PutAsync(client, container, target, query, new StreamContent(input), cancellationToken).ConfigureAwait(false);
            return;
        }

        bool isDirectory = Directory.Exists(source);
        if (!isDirectory && !File.Exists(source))
            throw new IOException($"lstat {Path.GetFullPath(source)}: no such file or directory");
        CopyTarget decided = CopyTarget.Decide(new CopySource(source, isDirectory), target, stat is { IsDirectory: true }, stat is not null);
        bool follow = invocation.IsSet("follow-link");
        var content = new PushContent("application/x-tar", (stream, token) => LocalFiles.PackAsync(stream, source, decided.Name, follow, token));
        await PutAsync(client, container, decided.Directory, $"&noOverwriteDirNonDir=true{query}", content, cancellationToken).ConfigureAwait(false);
        await ReportAsync(invocation, console, $"{container}:{target}").ConfigureAwait(false);
    }

    private static async Task PutAsync(DockerClient client, string container, string directory, string query, HttpContent content, CancellationToken cancellationToken)
    {
        using HttpResponseMessage _ = await client.SendAsync(HttpMethod.Put, $"{ArchivePath(container, directory)}{query}", content, null, cancellationToken).ConfigureAwait(false);
    }

    private static Task ReportAsync(CommandInvocation invocation, CommandConsole console, string target)
        => invocation.IsSet("quiet") || Terminals.ForegroundTerminal.Size is null ? Task.CompletedTask : console.Error.WriteLineAsync($"Successfully copied to {target}");

    private static string ArchivePath(string container, string path) => $"/containers/{DockerClient.Escape(container)}/archive?path={Uri.EscapeDataString(path)}";

    /// <summary>Null: there is no such path.</summary>
    private static async Task<PathStat?> FindAsync(DockerClient client, string container, string path, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await client.SendAsync(HttpMethod.Head, ArchivePath(container, path), null, null, cancellationToken).ConfigureAwait(false);
            return ReadStat(response);
        }
        catch (DockerErrorException e) when (e.Status == (int)HttpStatusCode.NotFound)
        {
            // Either the path or the container: that is asked once more, with an answer that has words.
            await client.GetAsync($"/containers/{DockerClient.Escape(container)}/json", cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    private static PathStat ReadStat(HttpResponseMessage response)
    {
        string text = response.Headers.TryGetValues(PathStatHeader, out IEnumerable<string>? values) ? values.First() : throw new IOException("The engine does not say what the path is.");
        JsonNode? stat = JsonNode.Parse(Convert.FromBase64String(text));
        long mode = stat.Number("mode");
        return new PathStat((mode & DirectoryBit) != 0, (mode & LinkBit) != 0 ? stat.Text("linkTarget") ?? "" : "");
    }

    /// <summary>A colon behind the first slash belongs to a path, and so does one of a path that begins with a dot.</summary>
    private static (string? Container, string Path) Split(string argument)
    {
        int colon = argument.IndexOf(':', StringComparison.Ordinal);
        int slash = argument.IndexOf('/', StringComparison.Ordinal);
        return colon <= 0 || (slash >= 0 && slash < colon) || argument.StartsWith('.') ? (null, argument) : (argument[..colon], argument[(colon + 1)..]);
    }

    private sealed record PathStat(bool IsDirectory, string LinkTarget);
}
