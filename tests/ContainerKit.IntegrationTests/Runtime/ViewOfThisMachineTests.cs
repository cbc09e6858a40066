using ContainerKit.IntegrationTests.Programs;
using Xunit;

namespace ContainerKit.IntegrationTests.Runtime;

/// <summary>A view of <c>/</c>, whose directories other programs make and remove while containers run on it.</summary>
public sealed class ViewOfThisMachineTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Directories_beside_the_data_root_may_come_and_go()
    {
        await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(fixture.Directory, "second") }, Token);
        string neighbour = Directory.CreateDirectory(Path.Combine(fixture.Directory, "neighbour")).FullName;
        File.WriteAllText(Path.Combine(neighbour, "file"), "seen");
        ContainerSpec spec = ContainerSpec.FromImage(await engine.Images.FromDirectoryAsync("/", Token)).WithCommand("sh", "-c", $"cat {neighbour}/file; echo end");

        ExecResult before = await engine.Containers.RunAsync(spec, cancellationToken: Token);
        Directory.Delete(neighbour, recursive: true);
        ExecResult after = await engine.Containers.RunAsync(spec, cancellationToken: Token);

        Assert.Equal(("seenend\n", "end\n"), (before.StandardOutput, after.StandardOutput));
    }
}
