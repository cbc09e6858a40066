using ContainerKit.Oci;

namespace ContainerKit.IntegrationTests.Stress;

/// <summary>A process that adds and removes images without pause until it is killed; <see cref="StoreCrashTests"/> starts and kills it.</summary>
internal static class StoreWorker
{
    /// <summary>The environment variable that makes the test program this process; its value is the data root.</summary>
    internal const string Variable = "CONTAINERKIT_STRESS_STORE";

    /// <summary>The directory of the archives <c>one</c> and <c>two</c>.</summary>
    internal const string ArchivesVariable = "CONTAINERKIT_STRESS_ARCHIVES";

    /// <summary>The name of the image that is pulled.</summary>
    internal const string PullVariable = "CONTAINERKIT_STRESS_PULL";

    /// <summary>The container that is committed.</summary>
    internal const string Container = "source";

    /// <summary>Registries that are reached without encryption.</summary>
    internal static RegistryClientOptions Registries { get; } = new()
    {
        Credentials = CredentialSources.None,
        Defaults = new RegistryHostOptions { PlainHttp = PlainHttpPolicy.Require },
    };

    internal static async Task<int> RunAsync(string dataRoot)
    {
        // Whoever kills us may itself be killed: the end of its pipe is our end.
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
            }

            Environment.Exit(0);
        })
        { IsBackground = true }.Start();

        string archives = Environment.GetEnvironmentVariable(ArchivesVariable)!;
        string pulled = Environment.GetEnvironmentVariable(PullVariable)!;
        await using ContainerEngine engine = await ContainerEngine.OpenAsync(new EngineOptions { DataRoot = dataRoot, Registries = Registries, PrepareContainers = false });

        // Once first: compiling the code takes longer than the time in which the kill may come.
        await LoadAsync(engine.Images, archives);
        await PullAsync(engine, pulled);
        Console.WriteLine("ready");
        await Task.WhenAll(AlwaysAsync(() => LoadAsync(engine.Images, archives)), AlwaysAsync(() => PullAsync(engine, pulled)));
        return 0;
    }

    private static async Task AlwaysAsync(Func<Task> action)
    {
        while (true)
        {
            await action();
        }
    }

    /// <summary>The second archive takes the first one's name, which prune then finds without one.</summary>
    private static async Task LoadAsync(ImageCollection images, string archives)
    {
        await images.LoadAsync(Path.Combine(archives, "one"));
        await images.TagAsync("loaded:1", "loaded:2");
        await images.LoadAsync(Path.Combine(archives, "two"));
        await images.RemoveAsync("loaded:2");
        await images.PruneAsync();
        await images.RemoveAsync("loaded:1");
    }

    private static async Task PullAsync(ContainerEngine engine, string name)
    {
        await engine.Images.PullAsync(name);
        await (await engine.Containers.GetAsync(Container)).CommitAsync("committed:1");
        await engine.Images.RemoveAsync(name);
        await (await engine.Containers.GetAsync(Container)).CommitAsync("committed:1");
        await engine.Images.RemoveAsync("committed:1");
    }
}
