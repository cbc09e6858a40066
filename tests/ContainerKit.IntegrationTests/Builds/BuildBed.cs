using System.Collections.Concurrent;
using System.Text;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Builds;

/// <summary>An engine with busybox in it, and directories for contexts.</summary>
public sealed class BuildBed : EngineFixture
{
    public const string Base = "busybox:local";

    private static readonly string[] Applets =
    [
        "sh", "cat", "echo", "id", "env", "pwd", "ls", "wc", "sleep", "true", "false", "head", "tail", "stat", "touch", "grep", "sed", "sort", "dd", "cp", "mv", "rm", "chmod",
        "chown", "test", "[", "tr", "mkdir", "rmdir", "ln", "find", "xargs", "readlink", "mkfifo", "printf", "cmp", "sha256sum", "mount", "ip", "seq", "cut", "expr", "kill", "gunzip", "tar", "uniq",
    ];

    private int _contexts;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (Capability.Find("busybox") is { } busybox)
        {
            using var archive = new MemoryStream();
            using (var writer = new System.Formats.Tar.TarWriter(archive, System.Formats.Tar.TarEntryFormat.Pax, leaveOpen: true))
            {
                foreach ((string name, string mode) in ((string, string)[])[("bin", "755"), ("etc", "755"), ("tmp", "1777"), ("root", "700")])
                {
                    writer.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.Directory, name) { Mode = (UnixFileMode)Convert.ToInt32(mode, 8) });
                }
                AddFile(writer, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"u8.ToArray(), "644");
                AddFile(writer, "etc/group", "root:x:0:\n"u8.ToArray(), "644");
                AddFile(writer, "bin/busybox", await File.ReadAllBytesAsync(busybox, Token), "755");
                foreach (string applet in Applets)
                {
                    writer.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.SymbolicLink, "bin/" + applet) { LinkName = "busybox" });
                }
            }
            archive.Position = 0;
            await Engine.Images.ImportAsync(archive, new ImageImportOptions { Reference = Base }, Token);
        }
    }

    /// <summary>Makes a context: files by path. A path with a slash at its end is a directory.</summary>
    public string Context(params (string Path, string Text)[] files)
    {
        Capability.Require("busybox", "busybox-static");
        string root = Path.Combine(Directory, "context" + Interlocked.Increment(ref _contexts));
        System.IO.Directory.CreateDirectory(root);
        foreach ((string path, string text) in files)
        {
            string full = Path.Combine(root, path);
            System.IO.Directory.CreateDirectory(path.EndsWith('/') ? full : Path.GetDirectoryName(full)!);
            if (!path.EndsWith('/'))
            {
                File.WriteAllText(full, text);
                File.SetUnixFileMode(full, (UnixFileMode)Convert.ToInt32("644", 8));
            }
        }
        return root;
    }

    public Task<Image> BuildAsync(string context, string dockerfile, Func<BuildSpec, BuildSpec>? configure = null, BuildRecord? record = null)
    {
        BuildSpec spec = BuildSpec.FromDirectory(context).WithDockerfileText(dockerfile);
        return Engine.Images.BuildAsync(configure?.Invoke(spec) ?? spec, record, Token);
    }

    public async Task<BuildException> FailAsync(string context, string dockerfile, Func<BuildSpec, BuildSpec>? configure = null)
        => await Assert.ThrowsAsync<BuildException>(() => BuildAsync(context, dockerfile, configure));

    /// <summary>What a script prints in a container of an image; it has to succeed.</summary>
    public async Task<string> ShellAsync(Image image, string script)
    {
        ExecResult result = await Engine.Containers.RunAsync(ContainerSpec.FromImage(image) with { User = "0", Entrypoint = ["/bin/sh", "-c"], Command = [script] }, cancellationToken: Token);
        Assert.True(result.ExitCode == 0, $"'{script}' ended with {result.ExitCode}: {result.StandardOutput}{result.StandardError}");
        return result.StandardOutput.TrimEnd('\n');
    }

    public async Task<string> RunAsync(Image image, params string[] command)
    {
        ContainerSpec spec = ContainerSpec.FromImage(image);
        ExecResult result = await Engine.Containers.RunAsync(command.Length > 0 ? spec.WithCommand(command) : spec, cancellationToken: Token);
        return result.StandardOutput.TrimEnd('\n');
    }

    private static void AddFile(System.Formats.Tar.TarWriter writer, string path, byte[] content, string mode)
        => writer.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, path) { Mode = (UnixFileMode)Convert.ToInt32(mode, 8), DataStream = new MemoryStream(content) });
}

/// <summary>What a build has told.</summary>
public sealed class BuildRecord : IProgress<BuildEvent>
{
    public ConcurrentQueue<BuildEvent> Events { get; } = new();

    public IReadOnlyList<BuildStepEvent> Ended => [.. Events.OfType<BuildStepEvent>().Where(happened => happened.State != BuildStepState.Started)];

    /// <summary>The texts of the RUN, COPY, ADD and WORKDIR steps that were really done.</summary>
    public IReadOnlyList<string> Done => [.. Ended.Where(happened => happened.State == BuildStepState.Completed && happened.Layer is not null).Select(happened => happened.Step.Text)];

    public string Output => Encoding.UTF8.GetString([.. Events.OfType<BuildOutputEvent>().SelectMany(output => output.Data.ToArray())]);

    public IReadOnlyList<BuildWarning> Warnings => [.. Events.OfType<BuildWarningEvent>().Select(happened => happened.Warning)];

    public void Report(BuildEvent value) => Events.Enqueue(value);
}
