using System.Collections.Concurrent;
using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Registries;

/// <summary>The data root is an OCI layout for others at any moment.</summary>
public sealed class LayoutDuringPullTests : RegistryBed
{
    [Fact]
    public async Task Skopeo_reads_the_data_root_at_every_stage_of_a_pull()
    {
        string skopeo = Capability.Require("skopeo", "skopeo");
        DockerRegistry registry = Own(await DockerRegistry.StartAsync(cancellationToken: Token));
        string layout = await CreateLayoutAsync();
        string name = $"{registry.Name}/team/app:1";
        await SkopeoAsync("copy", "--dest-tls-verify=false", $"oci:{layout}:app", $"docker://{name}");
        ContainerEngine engine = await OpenEngineAsync();
        using var archive = new MemoryStream(BusyboxFixture.CreateArchive());
        await engine.Images.ImportAsync(archive, new ImageImportOptions { Reference = "kept:1" }, Token);
        var looks = new Looks(() => Capability.RunAsync(skopeo, ["--insecure-policy", "copy", $"oci:{engine.DataRoot}:kept:1", $"oci:{Path.Combine(Scratch, Guid.NewGuid().ToString("n"))}:kept"], Token));

        await engine.Images.PullAsync(name, looks, Token);

        Assert.Empty(looks.Failures);
        Assert.Superset(new HashSet<ImageTransferStage> { ImageTransferStage.Waiting, ImageTransferStage.Downloading, ImageTransferStage.Complete }, looks.Stages);
        await SkopeoAsync("copy", $"oci:{engine.DataRoot}:{name}", $"oci:{Path.Combine(Scratch, "copy")}:app");
    }

    /// <summary>Looks when a layer is in a stage for the first time; the pull stands still meanwhile.</summary>
    private sealed class Looks(Func<Task> look) : IProgress<ImageTransferProgress>
    {
        private readonly ConcurrentDictionary<(string, ImageTransferStage), bool> _seen = new();

        public ConcurrentQueue<Exception> Failures { get; } = [];

        public HashSet<ImageTransferStage> Stages => [.. _seen.Keys.Select(key => key.Item2)];

        public void Report(ImageTransferProgress value)
        {
            if (!_seen.TryAdd((value.Layer.ToString(), value.Stage), true))
            {
                return;
            }
            try
            {
                look().GetAwaiter().GetResult();
            }
            catch (Exception e)
            {
                Failures.Enqueue(e);
            }
        }
    }
}
