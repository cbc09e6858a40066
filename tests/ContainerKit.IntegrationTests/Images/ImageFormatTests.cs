using System.IO.Compression;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Images;

/// <summary>Containers of images in every format that can be brought along, made by other tools where these are installed.</summary>
public sealed class ImageFormatTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_imported_root_file_system_runs(bool compressed)
    {
        BusyboxFixture.RequireBusybox();
        string path = Path.Combine(NewDirectory(), "rootfs.tar");
        await using (FileStream file = File.Create(path))
        await using (Stream target = compressed ? new GZipStream(file, CompressionLevel.Fastest) : file)
        {
            await target.WriteAsync(BusyboxFixture.CreateArchive(), Token);
        }

        Image image = await fixture.Engine.Images.ImportAsync(path, new ImageImportOptions { Reference = "imported:" + (compressed ? "gz" : "plain") }, Token);
        ExecResult result = await fixture.Engine.Containers.RunAsync(
            ContainerSpec.FromImage(image.ToString()).WithCommand("stat", "-c", "%U %a", "/home/app/own"), cancellationToken: Token);

        Assert.Equal(fixture.MapsUsers ? "app 640\n" : "root 640\n", result.StandardOutput);
    }

    [Fact]
    public async Task A_directory_is_an_image_without_a_copy()
    {
        BusyboxFixture.RequireBusybox();
        string root = NewDirectory();
        Directory.CreateDirectory(Path.Combine(root, "bin"));
        File.Copy(Capability.Find("busybox")!, Path.Combine(root, "bin/busybox"));
        File.CreateSymbolicLink(Path.Combine(root, "bin/sh"), "busybox");
        Image image = await fixture.Engine.Images.FromDirectoryAsync(root, Token);

        ExecResult result = await fixture.Engine.Containers.RunAsync(
            ContainerSpec.FromImage(image).WithCommand("sh", "-c", "busybox echo inside > /file; busybox cat /file; busybox ls /"), cancellationToken: Token);

        Assert.Equal(("inside", ""), (result.StandardOutput.Split('\n')[0], result.StandardError));
        Assert.Contains("proc", result.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(["bin"], Directory.GetFileSystemEntries(root).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("oci:", "")]
    [InlineData("oci-archive:", ":app:1")]
    [InlineData("docker-archive:", ":app:1")]
    public async Task A_loaded_image_runs_as_its_configuration_says(string format, string suffix)
    {
        string path = await CreateLayoutAsync();
        if (format != "oci:")
        {
            string skopeo = Capability.Require("skopeo", "skopeo");
            string copy = Path.Combine(NewDirectory(), "image.tar");
            await Capability.RunAsync(skopeo, ["copy", "--insecure-policy", $"oci:{path}:app", format + copy + suffix], Token);
            path = copy;
        }

        Image image = Assert.Single(await fixture.Engine.Images.LoadAsync(path, Token));
        await using Container container = await fixture.Engine.Containers.StartAsync(ContainerSpec.FromImage(image), Token);
        ExitStatus exit = await container.WaitAsync(Token);
        List<LogLine> lines = await container.ReadLogsAsync(cancellationToken: Token).ToListAsync(Token);

        Assert.Equal(["/home/app", "blue"], lines.Take(2).Select(line => line.Text));
        Assert.StartsWith(fixture.MapsUsers ? "uid=1000(app) gid=1000(app) groups=1000(app),2000(media),2001(logs)" : "uid=0(root) gid=0(root)", lines[2].Text, StringComparison.Ordinal);
        Assert.Equal(3, exit.ExitCode);
        Assert.Equal("demo", (await container.InspectAsync(Token)).Labels["purpose"]);
        Assert.Equal("SIGINT", image.Configuration.Config.StopSignal);
    }

    /// <summary>An OCI layout by umoci, whose image runs a script of two layers' files as the user app, where there are users.</summary>
    private async Task<string> CreateLayoutAsync()
    {
        string umoci = Capability.Require("umoci", "umoci");
        BusyboxFixture.RequireBusybox();
        string directory = NewDirectory();
        string layout = Path.Combine(directory, "layout");
        string layer = Path.Combine(directory, "layer.tar");
        await File.WriteAllBytesAsync(layer, BusyboxFixture.CreateArchive(), Token);
        await Capability.RunAsync(umoci, ["init", "--layout", layout], Token);
        await Capability.RunAsync(umoci, ["new", "--image", layout + ":app"], Token);
        await Capability.RunAsync(umoci, ["raw", "add-layer", "--image", layout + ":app", layer], Token);
        await Capability.RunAsync(
            umoci,
            [
                "config", "--image", layout + ":app", "--config.user", fixture.MapsUsers ? "app" : "root", "--config.env", "PATH=/bin", "--config.env", "COLOUR=blue",
                "--config.workingdir", "/home/app", "--config.entrypoint", "sh", "--config.entrypoint", "-c", "--config.cmd", "pwd; echo $COLOUR; id; exit 3",
                "--config.label", "purpose=demo", "--config.stopsignal", "SIGINT",
            ],
            Token);
        return layout;
    }

    private string NewDirectory() => Directory.CreateDirectory(Path.Combine(fixture.Directory, Guid.NewGuid().ToString("n"))).FullName;
}
