using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using System.Text.RegularExpressions;
using ContainerKit.Oci;

namespace ContainerKit.Testing.Tests.Images;

/// <summary>
/// An image of programs of this machine with the libraries that they need, a busybox for its shell, and an entrypoint that does what that of the published image
/// does for the same variables.
/// </summary>
internal sealed partial class MachineImage
{
    private const string Shell = "/usr/bin/busybox";

    /// <summary>Debian's merged /usr.</summary>
    private static readonly string[] s_links = ["bin", "sbin", "lib", "lib64"];

    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, (string Text, string Mode)> _texts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _symbolicLinks = new(StringComparer.Ordinal);

    /// <summary>Adds programs with their libraries.</summary>
    public async Task AddProgramsAsync(IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        foreach (string path in paths)
        {
            string real = Normalize(path);
            _files[real] = real;
            using var ldd = Process.Start(new ProcessStartInfo("ldd", [real]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string output = await ldd.StandardOutput.ReadToEndAsync(cancellationToken);
            await ldd.WaitForExitAsync(cancellationToken);
            foreach (Match library in LibraryPattern().Matches(output))
                _files[Normalize(library.Value)] = library.Value;
        }
    }

    /// <summary>Adds a directory with all that is in it.</summary>
    public async Task AddTreeAsync(string directory, CancellationToken cancellationToken, params string[] except)
    {
        List<string> libraries = [];
        foreach (string path in Directory.EnumerateFileSystemEntries(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true }))
        {
            if (except.Any(part => path.Contains(part, StringComparison.Ordinal)))
                continue;
            var file = new FileInfo(path);
            if (file.LinkTarget is { } target)
            {
                _symbolicLinks[path] = target;
                if (Directory.Exists(path) && !path.Contains("/priv", StringComparison.Ordinal))
                    continue;
                string real = Normalize(File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName);
                if (File.Exists(real))
                    _files[real] = real;
            }
            else if (file.Exists)
            {
                _files[path] = path;
                if (path.EndsWith(".so", StringComparison.Ordinal) || (file.UnixFileMode & UnixFileMode.UserExecute) != 0)
                    libraries.Add(path);
            }
        }

        foreach (string[] some in libraries.Chunk(200))
            await AddLibrariesAsync(some, cancellationToken);
    }

    public void AddText(string path, string text, string mode = "644") => _texts[path] = (text, mode);

    public void AddLink(string path, string target) => _symbolicLinks[path] = target;

    /// <summary>Makes the image.</summary>
    public async Task<Image> ImportAsync(ContainerEngine engine, string name, ExecutionConfiguration configuration, CancellationToken cancellationToken)
    {
        await AddProgramsAsync([FindBusybox()], cancellationToken);
        string busybox = Normalize(FindBusybox());
        using var list = Process.Start(new ProcessStartInfo(busybox, ["--list"]) { RedirectStandardOutput = true })!;
        foreach (string applet in (await list.StandardOutput.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!_files.ContainsKey("/usr/bin/" + applet) && !_texts.ContainsKey("/usr/bin/" + applet) && applet != "busybox")
                _symbolicLinks["/usr/bin/" + applet] = Shell;
        }

        if (busybox != Shell)
        {
            _files.Remove(busybox);
            _files[Shell] = busybox;
        }

        string archive = Path.GetTempFileName();
        try
        {
            await WriteAsync(archive, cancellationToken);
            return await engine.Images.ImportAsync(archive, new ImageImportOptions { Reference = name, Configuration = configuration }, cancellationToken);
        }
        finally
        {
            File.Delete(archive);
        }
    }

    internal static string FindBusybox()
        => new[] { "/usr/bin/busybox", "/bin/busybox" }.FirstOrDefault(File.Exists) ?? throw new PlatformNotSupportedException("missing capability: busybox (package busybox-static)");

    private async Task WriteAsync(string archive, CancellationToken cancellationToken)
    {
        await using FileStream output = File.Create(archive);
        await using var writer = new TarWriter(output, TarEntryFormat.Pax);
        HashSet<string> directories = ["/"];
        foreach (string link in s_links)
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, link) { LinkName = "usr/" + link }, cancellationToken);
        foreach (string directory in (string[])["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/etc", "/root", "/var/lib", "/var/log", "/run"])
            await AddParentsAsync(directory + "/x");
        await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, "tmp") { Mode = Mode("1777") }, cancellationToken);
        await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, "var/run") { LinkName = "/run" }, cancellationToken);
        foreach ((string path, string source) in _files)
        {
            await AddParentsAsync(path);
            await using FileStream data = File.OpenRead(source);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, path[1..]) { Mode = File.GetUnixFileMode(source), DataStream = data }, cancellationToken);
        }

        foreach ((string path, string target) in _symbolicLinks.Where(link => !_files.ContainsKey(link.Key)))
        {
            await AddParentsAsync(path);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, path[1..]) { LinkName = target }, cancellationToken);
        }

        foreach ((string path, (string text, string mode)) in _texts)
        {
            await AddParentsAsync(path);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, path[1..]) { Mode = Mode(mode), DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) }, cancellationToken);
        }

        async Task AddParentsAsync(string path)
        {
            string parent = Path.GetDirectoryName(path)!;
            if (!directories.Add(parent))
                return;
            await AddParentsAsync(parent);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, parent[1..]) { Mode = Mode("755") }, cancellationToken);
        }
    }

    private async Task AddLibrariesAsync(string[] paths, CancellationToken cancellationToken)
    {
        using var ldd = Process.Start(new ProcessStartInfo("ldd", paths) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = ldd.StandardError.ReadToEndAsync(cancellationToken);
        string output = await ldd.StandardOutput.ReadToEndAsync(cancellationToken);
        await errors;
        await ldd.WaitForExitAsync(cancellationToken);
        foreach (Match library in LibraryPattern().Matches(output))
            _files[Normalize(library.Value)] = library.Value;
    }

    /// <summary>/lib and the like are links to directories of /usr.</summary>
    private static string Normalize(string path) => s_links.Any(link => path.StartsWith($"/{link}/", StringComparison.Ordinal)) ? "/usr" + path : path;

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);

    [GeneratedRegex(@"/[^\s:()]+\.so[^\s:()]*(?= \(0x)")]
    private static partial Regex LibraryPattern();
}
