using ContainerKit.Benchmarks.Machine;
using static System.FormattableString;

namespace ContainerKit.Benchmarks.Building;

/// <summary>The contexts that are built: every peer has a copy of its own of none, they are only read.</summary>
internal sealed class BuildFiles
{
    /// <summary>What the stages begin with: the busybox that all comparisons use.</summary>
    public const string BaseImage = "localhost/ckbench-base:1";

    private const int SourceFiles = 400;
    private const int SourceFileSize = 4 << 10;
    private const int LargeContextFiles = 20_000;
    private const int LargeContextFileSize = 1 << 10;
    private const int FilesPerDirectory = 100;

    /// <summary>20 instructions that make layers or configuration, in three stages, as a service is built: dependencies, sources, tests, result.</summary>
    private const string Application = $"""
        FROM {BaseImage} AS dependencies
        WORKDIR /dependencies
        COPY vendor/ ./
        RUN cat d*/f* > /all && busybox sha256sum /all > /all.sum
        RUN busybox tar -cf /dependencies.tar d0 d1

        FROM {BaseImage} AS build
        ENV MODE=release
        WORKDIR /src
        COPY --from=dependencies /all.sum /dependencies.tar /vendor/
        COPY src/ ./
        RUN busybox mkdir /out && cat d*/f* > /out/program
        RUN busybox gzip -1 -k /out/program
        RUN busybox wc -c /out/program > /out/size && busybox md5sum /out/program > /out/program.md5
        RUN busybox md5sum -c /out/program.md5 > /out/tested

        FROM {BaseImage}
        RUN busybox mkdir -p /app /data && echo app:x:1000:1000::/app:/bin/sh >> /etc/passwd
        WORKDIR /app
        COPY --from=build /out/ ./
        COPY settings.json ./
        RUN busybox chmod 755 program && busybox chown -R 1000:1000 /data
        ENV PORT=8080
        LABEL stage=final
        EXPOSE 8080
        USER 1000:1000
        CMD ["./program"]
        """;

    private const string CopyEverything = $"""
        FROM {BaseImage}
        COPY . /data/
        CMD ["/bin/true"]
        """;

    private int _changes;

    private BuildFiles(string application, string large) => (ApplicationContext, LargeContext) = (application, large);

    /// <summary>The directory of the 20-step build.</summary>
    public string ApplicationContext { get; }

    /// <summary>The directory with 20,000 files.</summary>
    public string LargeContext { get; }

    /// <summary>What the contexts are.</summary>
    public static string Description { get; }
        = Invariant($"a 20-step build in three stages with {2 * SourceFiles} files of {SourceFileSize >> 10} KiB; a context of {LargeContextFiles} files of {LargeContextFileSize >> 10} KiB, all of which are copied");

    /// <summary>Makes the contexts inside a workspace, which owns them.</summary>
    public static BuildFiles Create(Workspace workspace)
    {
        var application = workspace.CreateDirectory("application");
        Fill(Path.Combine(application, "vendor"), SourceFiles, SourceFileSize, seed: 1);
        Fill(Path.Combine(application, "src"), SourceFiles, SourceFileSize, seed: 2);
        File.WriteAllText(Path.Combine(application, "settings.json"), "{}");
        File.WriteAllText(Path.Combine(application, "Dockerfile"), Application);
        var large = workspace.CreateDirectory("large");
        Fill(large, LargeContextFiles, LargeContextFileSize, seed: 3);
        File.WriteAllText(Path.Combine(large, "Dockerfile"), CopyEverything);
        return new BuildFiles(application, large);
    }

    /// <summary>Gives a source file of the application another content.</summary>
    public void ChangeApplication() => Change(Path.Combine(ApplicationContext, "src/d1/f110"));

    /// <summary>Gives a file of the large context another content.</summary>
    public void ChangeLarge() => Change(Path.Combine(LargeContext, "d57/f5710"));

    private void Change(string path) => File.WriteAllText(path, Invariant($"change {++_changes}\n"));

    private static void Fill(string directory, int count, int size, int seed)
    {
        var random = new Random(seed);
        var content = new byte[size];
        for (var i = 0; i < count; i++)
        {
            random.NextBytes(content);
            var below = Directory.CreateDirectory(Path.Combine(directory, Invariant($"d{i / FilesPerDirectory}"))).FullName;
            File.WriteAllBytes(Path.Combine(below, Invariant($"f{i}")), content);
        }
    }
}
