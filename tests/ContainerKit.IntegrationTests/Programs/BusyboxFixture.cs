using System.Formats.Tar;
using System.Text;
using ContainerKit.Oci;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>An engine with an image that is busybox and a few accounts.</summary>
public sealed class BusyboxFixture : EngineFixture
{
    public const string Name = "busybox:test";

    private static readonly string[] Applets =
        ["sh", "cat", "echo", "id", "env", "pwd", "ls", "wc", "sleep", "true", "false", "hostname", "head", "tail", "stat", "mount", "touch", "kill", "grep", "dd", "seq", "cp", "chmod", "test", "df", "tr", "mkdir", "ln"];

    private static readonly (string Path, string Text)[] Files =
    [
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:App:/home/app:/bin/sh\nother:x:1001:2000::/:/bin/sh\n"),
        ("etc/group", "root:x:0:\napp:x:1000:\nmedia:x:2000:app\nlogs:x:2001:other,app\nunused:x:2002:other\n"),
        ("etc/plain", "not a program\n"),
    ];

    private Image? _image;

    /// <summary>The image; a test that needs it skips without busybox.</summary>
    public Image Image => _image ?? throw new InvalidOperationException("Call Spec or RequireImage first.");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (Capability.Find("busybox") is not null)
        {
            _image = await Engine.Images.ImportAsync(new MemoryStream(CreateArchive()), new ImageImportOptions { Reference = Name }, Token);
        }
    }

    /// <summary>A container of the image that executes a script.</summary>
    public ContainerSpec Spec(params IEnumerable<string> command)
    {
        RequireBusybox();
        return ContainerSpec.FromImage(Image).WithCommand(command);
    }

    public ContainerSpec Script(string script) => Spec("sh", "-c", script);

    public Task<ExecResult> RunAsync(ContainerSpec spec) => Engine.Containers.RunAsync(spec, cancellationToken: Token);

    /// <summary>Imports the same files with another configuration.</summary>
    public Task<Image> ImportAsync(ExecutionConfiguration configuration)
    {
        RequireBusybox();
        return Engine.Images.ImportAsync(new MemoryStream(CreateArchive()), new ImageImportOptions { Configuration = configuration }, Token);
    }

    internal static void RequireBusybox() => Capability.Require("busybox", "busybox-static");

    /// <summary>The image's files as a tar archive.</summary>
    internal static byte[] CreateArchive()
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            Add(writer, "bin", TarEntryType.Directory, "755");
            Add(writer, "etc", TarEntryType.Directory, "755");
            Add(writer, "root", TarEntryType.Directory, "700");
            Add(writer, "tmp", TarEntryType.Directory, "1777");
            Add(writer, "home", TarEntryType.Directory, "755");
            Add(writer, "home/app", TarEntryType.Directory, "750", owner: 1000);
            Add(writer, "home/app/own", TarEntryType.RegularFile, "640", "of app\n"u8.ToArray(), owner: 1000);
            foreach ((string path, string text) in Files)
            {
                Add(writer, path, TarEntryType.RegularFile, "644", Encoding.UTF8.GetBytes(text));
            }

            Add(writer, "bin/busybox", TarEntryType.RegularFile, "755", File.ReadAllBytes(Capability.Find("busybox")!));
            foreach (string applet in Applets)
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "bin/" + applet) { LinkName = "busybox" });
            }
        }

        return archive.ToArray();
    }

    private static void Add(TarWriter writer, string path, TarEntryType type, string mode, byte[]? content = null, int owner = 0)
    {
        var entry = new PaxTarEntry(type, path) { Mode = (UnixFileMode)Convert.ToInt32(mode, 8), Uid = owner, Gid = owner };
        if (content is not null)
        {
            entry.DataStream = new MemoryStream(content);
        }

        writer.WriteEntry(entry);
    }
}
