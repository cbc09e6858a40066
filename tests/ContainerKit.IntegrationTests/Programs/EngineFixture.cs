using Xunit;

namespace ContainerKit.IntegrationTests.Programs;

/// <summary>An engine on a data root of its own, which the tests of a class share.</summary>
public class EngineFixture : IAsyncLifetime
{
    public ContainerEngine Engine { get; private set; } = null!;

    /// <summary>True when containers see more than one user: as root, or with a range of ids.</summary>
    public bool MapsUsers { get; private set; }

    /// <summary>Where tests may keep files; everybody may look into it.</summary>
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("ck-programs-").FullName;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        File.SetUnixFileMode(Directory, (UnixFileMode)Convert.ToInt32("755", 8));
        Engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = Path.Combine(Directory, "data") }, Token);
        Image machine = await Engine.Images.FromDirectoryAsync("/", Token);
        ExecResult map = await Engine.Containers.RunAsync(ContainerSpec.FromImage(machine).WithCommand("cat", "/proc/self/uid_map"), cancellationToken: Token);
        MapsUsers = map.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2], null)) > 1;
    }

    public void RequireUsers()
        => Assert.SkipUnless(MapsUsers, "missing capability: users besides root in a container (root, or a range of ids in /etc/subuid and /etc/subgid with uidmap)");

    public async ValueTask DisposeAsync()
    {
        foreach (ContainerInfo left in await Engine.Containers.ListAsync())
        {
            await (await Engine.Containers.GetAsync(left.Id)).RemoveAsync(force: true);
        }

        // Files of mapped users can be removed by the engine only.
        await Engine.Volumes.PruneAsync(FilterSet.Empty.With("all", "true"));
        foreach (Image image in await Engine.Images.ListAsync())
        {
            await Engine.Images.RemoveAsync(image.Id.ToString(), force: true);
        }

        await Engine.PruneBuildCacheAsync();
        await Engine.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
        GC.SuppressFinalize(this);
    }
}
