using System.Formats.Tar;

namespace ContainerKit.DockerApi.Tests.Hosting;

/// <summary>The image <c>busybox:local</c>, made of the machine's static busybox.</summary>
internal static class BusyboxImage
{
    internal const string Name = "busybox:local";

    private static readonly string[] Applets =
    [
        "sh", "cat", "echo", "sleep", "true", "false", "ls", "wc", "dd", "env", "id", "pwd", "printf", "touch", "mkdir", "rm", "ln", "chmod", "chown", "stat", "hostname", "head", "tail",
        "grep", "cut", "tr", "sort", "seq", "md5sum", "ps", "kill", "mount", "tty", "stty", "test", "readlink", "find", "httpd", "wget", "ping", "ip", "nslookup", "df", "nproc", "awk",
        "timeout", "date", "unshare", "ulimit", "sync", "yes", "nc",
    ];

    internal static string? FindProgram() => ((string[])["/bin/busybox", "/usr/bin/busybox"]).FirstOrDefault(File.Exists);

    internal static async Task<Image> ImportAsync(ContainerEngine engine, CancellationToken cancellationToken)
    {
        if (await engine.Images.FindAsync(Name, cancellationToken) is { } known)
            return known;
        using var archive = new MemoryStream();
        await using (var tar = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (string directory in (string[])["bin", "etc", "root", "tmp", "dev", "proc", "sys"])
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, directory) { Mode = (UnixFileMode)(directory == "tmp" ? 0x3ff : 0x1ed) }, cancellationToken);
            await tar.WriteEntryAsync(FindProgram()!, "bin/busybox", cancellationToken);
            foreach (string applet in Applets)
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{applet}") { LinkName = "/bin/busybox" }, cancellationToken);
            var passwd = new PaxTarEntry(TarEntryType.RegularFile, "etc/passwd") { DataStream = new MemoryStream("root:x:0:0:root:/root:/bin/sh\n"u8.ToArray()) };
            await tar.WriteEntryAsync(passwd, cancellationToken);
        }

        archive.Position = 0;
        return await engine.Images.ImportAsync(archive, new ImageImportOptions { Reference = Name, Changes = ["ENV PATH=/bin", "CMD [\"sh\"]"] }, cancellationToken);
    }
}
