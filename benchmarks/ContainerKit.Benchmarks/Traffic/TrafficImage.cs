using System.Formats.Tar;
using ContainerKit.Benchmarks.Machine;

namespace ContainerKit.Benchmarks.Traffic;

/// <summary>A root file system with the servers of this machine that are measured: iperf3 and redis-server, with the libraries they load.</summary>
internal static class TrafficImage
{
    private static readonly string[] s_programs = ["iperf3", "redis-server", "sleep"];

    /// <summary>Makes the archive.</summary>
    /// <exception cref="PlatformNotSupportedException">A program is not installed.</exception>
    public static async Task<string> CreateAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        var ldd = new ExternalCommand(ExternalCommand.Find("ldd") ?? throw Missing("ldd"));
        SortedDictionary<string, string> files = [];
        foreach (var name in s_programs)
        {
            var program = ExternalCommand.Find(name) ?? throw Missing(name);
            files["bin/" + name] = program;
            var libraries = (await ldd.With(program).CaptureSuccessAsync(cancellationToken)).Split(['\n', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            foreach (var library in libraries.Where(word => word.StartsWith('/')))
                files[library.TrimStart('/')] = library;
        }

        var archive = workspace.PathOf("traffic.tar");
        await using var writer = new TarWriter(File.Create(archive));
        foreach (var directory in new[] { "tmp", "etc", "proc", "sys", "dev" })
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, directory), cancellationToken);
        foreach (var (path, source) in files)
        {
            await using var content = File.OpenRead(source);
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = content, Mode = (UnixFileMode)Convert.ToInt32("755", 8) }, cancellationToken);
        }
        return archive;
    }

    private static PlatformNotSupportedException Missing(string program) => new($"no {program} (apt-get install iperf3 redis-server redis-tools)");
}
